import type { BenchOptions } from '../../bench.ts';
import { found, kind, type Part } from '../../engine/part.ts';
import { type Figure, figureOf } from '../../figure.ts';
import { sizes } from '../sizes.ts';
import { withRedis } from '../with-redis.ts';
import type { QueueGiven } from '../workloads/time-queue.ts';
import type { IdleGiven } from '../workloads/weigh-idle.ts';
import { apart, inTurns } from './apart.ts';

/** Heap that a breaker takes which was made and not called yet, and one that has seen a success and nothing since. */
export async function measureIdle(options: BenchOptions): Promise<Part> {
  const goals = {
    ours: 250,
    'cockatiel ConsecutiveBreaker': undefined,
    'cockatiel SamplingBreaker': undefined,
    'opossum default': undefined,
  };
  const { rounds, idleBreakers: breakers } = sizes;
  const figures: Figure[] = [];
  for (const isCalled of [false, true]) {
    const what = isCalled ? 'a breaker after one call' : 'an idle breaker';
    const weighed = await inTurns(options, `memory of ${what}`, rounds, Object.keys(goals), (name) =>
      withRedis(({ url: redisUrl }) => apart<IdleGiven, number>('weigh-idle', { name, redisUrl, breakers, isCalled })),
    );
    for (const [name, goal] of Object.entries(goals)) {
      figures.push(figureOf(`memory of ${what}, ${name}`, weighed.get(name)!, kind('B', 'lower', goal)));
    }
  }
  return found(figures);
}

/** Everybody waits at a bulkhead that lets one through at a time. */
export async function measureQueue(options: BenchOptions): Promise<Part> {
  const goals = { ours: 1.5, cockatiel: undefined, 'p-queue': undefined };
  const { rounds, queueDepth: deep } = sizes;
  const timed = await inTurns(options, 'a deep queue', rounds, Object.keys(goals), (name) =>
    withRedis(({ url: redisUrl }) => apart<QueueGiven, number>('time-queue', { name, redisUrl, deep })),
  );
  return found(
    Object.entries(goals).map(([name, goal]) =>
      figureOf(
        `queue ${deep.toLocaleString('en')} deep, per task, ${name}`,
        timed.get(name)!,
        kind('µs', 'lower', goal),
      ),
    ),
  );
}
