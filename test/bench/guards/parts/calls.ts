import type { BenchOptions } from '../../bench.ts';
import { found, kind, type Part, times } from '../../engine/part.ts';
import { figureOf } from '../../figure.ts';
import { median } from '../../statistics.ts';
import { sizes } from '../sizes.ts';
import { withRedis } from '../with-redis.ts';
import type { AdmitGiven } from '../workloads/time-admit.ts';
import type { CallsFound, CallsGiven } from '../workloads/time-calls.ts';
import { apart, contestantsIn, inTurns } from './apart.ts';

/** What a guard costs a call that it lets through. */
export async function measureClosed(options: BenchOptions): Promise<Part> {
  const goals = {
    ours: 3,
    'ours, every call timed': undefined,
    'cockatiel SamplingBreaker': undefined,
    'opossum default': undefined,
  };
  const rounds = await inTurns(options, 'closed path', sizes.rounds, Object.keys(goals), (name) =>
    timeCalls('closed', name, sizes.calls),
  );
  return found(
    Object.entries(goals).map(([name, goal]) =>
      figureOf(
        `closed, ${name}: in times await fn()`,
        rounds.get(name)!.flatMap(({ times }) => times),
        times(goal),
      ),
    ),
  );
}

/** Retry, breaker, deadline and bulkhead together. */
export async function measurePipeline(options: BenchOptions): Promise<Part> {
  const names = ['ours', 'cockatiel wrap'];
  const rounds = await inTurns(options, 'pipeline', sizes.rounds, names, (name) =>
    timeCalls('pipeline', name, sizes.dearCalls),
  );
  const [own, peer] = names.map((name) => rounds.get(name)!);
  const ratios = own!.map(({ nsPerCall }, round) => median(nsPerCall) / median(peer![round]!.nsPerCall));
  return found([
    ...names.map((name) =>
      figureOf(
        `pipeline, ${name}: in times await fn()`,
        rounds.get(name)!.flatMap(({ times }) => times),
        times(),
      ),
    ),
    figureOf('pipeline, ours ÷ cockatiel', ratios, times(0.1)),
  ]);
}

/** What it costs to be refused. */
export async function measureRefusing(options: BenchOptions): Promise<Part> {
  const goals = { ours: 1, cockatiel: undefined, opossum: undefined };
  const rounds = await inTurns(options, 'refusing', sizes.rounds, Object.keys(goals), (name) =>
    timeCalls('refusing', name, sizes.dearCalls),
  );
  const figures = Object.entries(goals).map(([name, goal]) =>
    figureOf(
      `refusing, ${name}`,
      rounds.get(name)!.flatMap(({ nsPerCall }) => nsPerCall.map((ns) => ns / 1_000)),
      kind('µs', 'lower', goal),
    ),
  );
  const admitted = await inTurns(options, 'tryAcquire', sizes.rounds, ['ours'], () => timeAdmit());
  const nanos = admitted.get('ours')!.flat();
  return found([...figures, figureOf('refusing, tryAcquire of ours', nanos, kind('ns', 'lower', 60))]);
}

function timeCalls(file: string, name: string, calls: number): Promise<CallsFound> {
  const { turns, warmUps } = sizes;
  return withRedis(({ url: redisUrl }) => {
    const given = { file: contestantsIn(file), name, redisUrl, calls, turns, warmUps };
    return apart<CallsGiven, CallsFound>('time-calls', given);
  });
}

function timeAdmit(): Promise<readonly number[]> {
  const { turns, warmUps, calls } = sizes;
  return withRedis(({ url: redisUrl }) =>
    apart<AdmitGiven, readonly number[]>('time-admit', { redisUrl, calls, turns, warmUps }),
  );
}
