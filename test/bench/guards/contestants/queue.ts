import { bulkhead } from 'cockatiel';
import PQueue from 'p-queue';
import { benchLeaseMs, openOwn } from './own.ts';

/** A bulkhead that lets one through at a time, and queues as many as there are. */
export const queues: Readonly<Record<string, (deep: number, redisUrl: string) => Promise<Add> | Add>> = {
  ours: async (deep, redisUrl) => {
    const { bulkhead } = await openOwn(redisUrl);
    const pool = bulkhead(`pool-${++pools}`, { limit: 1, queueMost: deep, leaseMs: benchLeaseMs });
    await pool.run(async () => {});
    return (task) => pool.run(task);
  },
  cockatiel: (deep) => {
    const policy = bulkhead(1, deep);
    return (task) => policy.execute(task);
  },
  'p-queue': () => {
    const queue = new PQueue({ concurrency: 1 });
    return (task) => queue.add(task);
  },
};

let pools = 0;

export type Add = (task: () => Promise<void>) => Promise<unknown>;
