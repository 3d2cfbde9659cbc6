import type { JobSpec } from '../../../../shared/jobs/index.ts';
import { inFlight } from '../../engine/workloads/clients.ts';
import { closeShop, nameFor, openShop, type ShopGiven } from './shop.ts';

export interface FailGiven extends ShopGiven {
  readonly clients: number;
}

/** Makes what the batches find: as many jobs that have failed as jobs that wait. */
export async function measure({ dir, jobs, clients }: FailGiven): Promise<{ readonly failed: number }> {
  const shop = await openShop(dir, () => {
    throw Object.assign(new Error('the bank is closed'), { code: 'bank_closed' });
  });
  const { engine } = shop;
  let failed = 0;
  await inFlight(clients, jobs, async () => {
    const submitted = await engine.submit(order);
    if (submitted.kind !== 'created') return;
    if ((await engine.whenEnded(submitted.jobId)).header.state === 'failed') failed++;
  });
  await inFlight(clients, jobs, async () => void (await engine.submit(nap)));
  await closeShop(shop);
  return { failed };
}

const order: JobSpec = {
  name: nameFor('redrive'),
  nodes: [
    { id: 'pick', type: 'delay', delay: 0 },
    { id: 'pay', type: 'function', handler: 'pay', dependsOn: ['pick'], retry: { maxAttempts: 1 } },
  ],
};

const nap: JobSpec = { name: nameFor('cancel'), nodes: [{ id: 'nap', type: 'delay', delay: 86_400_000 }] };
