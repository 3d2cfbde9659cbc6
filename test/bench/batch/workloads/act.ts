import { type BatchAction, passedOf } from '../../../../shared/jobs/batch/index.ts';
import type { Local } from '../../../../shared/wiring/local.ts';
import { batchId, closeShop, openShop, orderOf, type ShopGiven } from './shop.ts';

export interface ActGiven extends ShopGiven {
  readonly action: BatchAction;
  readonly ratePerSecond: number;
}

export interface Acted {
  /** From the request until the batch has ended. */
  readonly seconds: number;
  readonly done: number;
  readonly writesPerJob: number;
  readonly readsPerJob: number;
}

/** Starts the batch, or finds it where another process has left it, and waits for its end. */
export async function measure({ dir, jobs, action, ratePerSecond }: ActGiven): Promise<Acted> {
  const begin = performance.now();
  const shop = await openShop(dir, () => 'paid');
  const { engine } = shop;
  const before = engine.health().store;
  await engine.batches.start({ id: `${batchId}-${action}`, order: orderOf(action, ratePerSecond), by: 'bench' });
  await ended(shop, action);
  const seconds = (performance.now() - begin) / 1_000;
  const after = engine.health().store;
  const { counts } = (await engine.batches.get(`${batchId}-${action}`))!;
  await closeShop(shop);
  return {
    seconds,
    done: counts.done,
    writesPerJob: (after.writes - before.writes) / jobs,
    readsPerJob: (after.reads - before.reads) / jobs,
  };
}

async function ended({ engine, clock }: Local, action: BatchAction): Promise<void> {
  while ((await engine.batches.get(`${batchId}-${action}`))?.state === 'running') await clock.sleep(20);
}

/** For a process that will be killed: tells how many jobs the batch has been through, again and again. */
export async function tellWhileActing({ dir, action, ratePerSecond }: ActGiven): Promise<void> {
  const id = `${batchId}-${action}`;
  const { engine, clock } = await openShop(dir, () => 'paid');
  await engine.batches.start({ id, order: orderOf(action, ratePerSecond), by: 'bench' });
  let batch = await engine.batches.get(id);
  while (batch?.state === 'running') {
    process.send?.(passedOf(batch));
    await clock.sleep(5);
    batch = await engine.batches.get(id);
  }
}
