import { join } from 'node:path';
import { CodedError, messageOf } from '../../../../shared/core/error.ts';
import type { Engine } from '../../../../shared/engine/engine.ts';
import type { JobSpec } from '../../../../shared/jobs/index.ts';
import { openLocal } from '../../../../shared/wiring/local.ts';

export type StoreKind = 'memory' | 'sqlite';

export interface OwnEngine {
  readonly engine: Engine;
  /** From submit until its end is known to the caller, which the store has made durable by then. */
  runToEnd(spec: JobSpec): Promise<void>;
  stop(): Promise<void>;
}

/** The engine as `npm start` has it, without the API. The SQLite store is a file in `dir` with its usual settings. */
export async function startEngine(kind: StoreKind, dir: string): Promise<OwnEngine> {
  const local = await openLocal({
    store: kind === 'memory' ? { kind } : { kind, path: join(dir, 'jobs.db') },
    allowHosts: [],
    concurrency: 1_024,
    leaseMs: 30_000,
    version: 'bench',
    report: (error, context) => process.stderr.write(`${context}: ${messageOf(error)}\n`),
  });
  const { engine } = local;
  await engine.start();

  return {
    engine,
    async runToEnd(spec) {
      const submitted = await engine.submit(spec);
      if (submitted.kind !== 'created') throw new CodedError('not_submitted', JSON.stringify(submitted));
      const { header } = await engine.whenEnded(submitted.jobId);
      if (header.state !== 'completed')
        throw new CodedError('not_completed', `a job of ${spec.name} is ${header.state}`);
    },
    async stop() {
      await engine.stop(1_000);
      await local.close();
    },
  };
}
