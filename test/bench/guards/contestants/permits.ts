import { createRequire } from 'node:module';
import Bottleneck from 'bottleneck';
import { Redis } from 'ioredis';
import { Semaphore } from 'redis-semaphore';
import { benchLeaseMs, openOwn } from './own.ts';

/** A bulkhead that several clients share through Redis; each client has a connection, or connections, of its own. */
export interface PermitClient {
  /** Runs the work once it has a permit, and gives the permit back. */
  use(worker: number, work: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export interface PermitSetting {
  readonly port: number;
  readonly limit: number;
  /** Workers of this client. */
  readonly workers: number;
}

export type PermitContestant = (setting: PermitSetting) => Promise<PermitClient> | PermitClient;

/** `raw` is no bulkhead: one EVALSHA of a script that does nothing, and no permit. */
export const permitContestants: Readonly<Record<string, PermitContestant>> = {
  'raw EVALSHA': async ({ port }) => {
    const redis = new Redis(port, '127.0.0.1');
    const sha = (await redis.script('LOAD', 'return 1')) as string;
    return {
      async use(_, work) {
        await redis.evalsha(sha, 1, 'raw');
        await work();
      },
      close: async () => redis.disconnect(),
    };
  },
  ours: async ({ port, limit }) => {
    const instance = await openOwn(`redis://127.0.0.1:${port}`);
    const pool = instance.bulkhead('pool', { limit, queueMost: 10_000, leaseMs: benchLeaseMs });
    return {
      async use(_, work) {
        const answer = await pool.run(work);
        if (answer.kind === 'refused') throw new Error(answer.message);
      },
      close: instance.close,
    };
  },
  'redis-semaphore': ({ port, limit, workers }) => {
    const redis = new Redis(port, '127.0.0.1');
    const patience = { acquireTimeout: 60_000 };
    const semaphores = Array.from({ length: workers }, () => new Semaphore(redis, 'pool', limit, patience));
    return {
      async use(worker, work) {
        const semaphore = semaphores[worker]!;
        await semaphore.acquire();
        await work();
        await semaphore.release();
      },
      close: async () => redis.disconnect(),
    };
  },
  bottleneck: async ({ port, limit }) => {
    const options = { id: 'pool', datastore: 'ioredis', maxConcurrent: limit } as const;
    const limiter = new Bottleneck({ ...options, Redis: ioredis, clientOptions: { host: '127.0.0.1', port } });
    await limiter.ready();
    return { use: (_, work) => limiter.schedule(work), close: () => limiter.disconnect() };
  },
};

/** It looks for the class where version 4 had it: the module itself. */
const ioredis: unknown = createRequire(import.meta.url)('ioredis');
