import { join } from 'node:path';
import { messageOf } from '../../../../shared/core/error.ts';
import type { Handler } from '../../../../shared/engine/engine.ts';
import type { BatchAction, BatchOrder } from '../../../../shared/jobs/batch/index.ts';
import { type Local, openLocal } from '../../../../shared/wiring/local.ts';

export interface ShopGiven {
  readonly dir: string;
  readonly jobs: number;
}

export const batchId = 'bench';

export const orderOf = (action: BatchAction, ratePerSecond: number): BatchOrder => ({
  action,
  filter: { name: nameFor(action) },
  ratePerSecond,
});

/** Those that are redriven have failed; those that are cancelled wait. */
export const nameFor = (action: BatchAction): string => (action === 'redrive' ? 'order' : 'nap');

/** The engine as `npm start` has it, without the API, on a file in `dir`. */
export async function openShop(dir: string, pay: Handler): Promise<Local> {
  const local = await openLocal({
    store: { kind: 'sqlite', path: join(dir, 'jobs.db') },
    allowHosts: [],
    concurrency: 1_024,
    leaseMs: 30_000,
    handlers: new Map([['pay', pay]]),
    version: 'bench',
    report: (error, context) => process.stderr.write(`${context}: ${messageOf(error)}\n`),
  });
  await local.engine.start();
  return local;
}

export async function closeShop({ engine, close }: Local): Promise<void> {
  await engine.stop(1_000);
  await close();
}
