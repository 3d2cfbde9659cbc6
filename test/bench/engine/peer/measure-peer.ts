import { measureApart } from '../../measure-apart.ts';
import { sizes } from '../sizes.ts';
import type { PeerChainsFound, PeerChainsGiven } from './bullmq-chains.ts';
import type { PeerFanGiven } from './bullmq-fan.ts';
import type { PeerOneAtATimeGiven } from './bullmq-one-at-a-time.ts';
import { type Redis, startRedis } from './redis.ts';
import type { Way } from './ways.ts';

export type PeerRound = Readonly<Record<Way, PeerChainsFound>>;

/** Each of BullMQ's ways once, on a Redis of its own. */
export async function peerRound(dir: string): Promise<PeerRound> {
  const { steps, clients, warmUpJobs } = sizes;
  const chains = (way: Way, jobs: number) =>
    withRedis(dir, ({ port, pid: redisPid }) => {
      const given = { way, port, redisPid, jobs, steps, clients, warmUpJobs };
      return measureApart<PeerChainsGiven, PeerChainsFound>(moduleOf('bullmq-chains'), given);
    });
  return {
    saved: await chains('saved', sizes.jobs),
    tuned: await chains('tuned', sizes.jobs),
    flow: await chains('flow', sizes.flowJobs),
  };
}

export function peerLatency(dir: string): Promise<number> {
  const { steps, peerLatencyJobs: jobs, latencyWarmUpJobs: warmUpJobs } = sizes;
  return withRedis(dir, ({ port }) => {
    const given = { way: 'tuned', port, jobs, steps, warmUpJobs } as const;
    return measureApart<PeerOneAtATimeGiven, number>(moduleOf('bullmq-one-at-a-time'), given);
  });
}

export function peerFan(dir: string, width: number): Promise<readonly number[]> {
  const { fanRounds: rounds, clients: concurrency } = sizes;
  return withRedis(dir, ({ port }) => {
    const given = { port, width, rounds, concurrency };
    return measureApart<PeerFanGiven, readonly number[]>(moduleOf('bullmq-fan'), given);
  });
}

async function withRedis<Found>(dir: string, use: (redis: Redis) => Promise<Found>): Promise<Found> {
  const redis = await startRedis(dir);
  try {
    return await use(redis);
  } finally {
    await redis.stop();
  }
}

const moduleOf = (name: string) => new URL(`./${name}.ts`, import.meta.url);
