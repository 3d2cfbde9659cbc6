import type { BenchOptions } from '../../bench.ts';
import { found, kind, type Part } from '../../engine/part.ts';
import { figureOf } from '../../figure.ts';
import { sizes } from '../sizes.ts';
import { withRedis } from '../with-redis.ts';
import type { CountGiven } from '../workloads/count-until-open.ts';
import type { TripsGiven } from '../workloads/false-trips.ts';
import type { FailureGiven } from '../workloads/time-failure.ts';
import { apart, inTurns } from './apart.ts';

/** One failure while many calls stand in the window. */
export async function measureFailure(options: BenchOptions): Promise<Part> {
  const { rounds, inWindow, failures, dearFailures } = sizes;
  const contestants = {
    ours: { inWindow, failures, goal: 1.5 },
    'ours, window of 100': { inWindow: 100, failures: 40, goal: undefined },
    'no breaker': { inWindow, failures, goal: undefined },
    cockatiel: { inWindow, failures, goal: undefined },
    opossum: { inWindow, failures: dearFailures, goal: undefined },
  };
  const names = Object.keys(contestants) as (keyof typeof contestants)[];
  const timed = await inTurns(options, 'one failure', rounds, names, (name) => {
    const { inWindow, failures } = contestants[name as keyof typeof contestants];
    return withRedis(({ url: redisUrl }) => {
      const given = { name: name.split(',')[0]!, redisUrl, inWindow, failures };
      return apart<FailureGiven, number>('time-failure', given);
    });
  });
  return found(
    names.map((name) => {
      const { inWindow, goal } = contestants[name];
      const title = `one failure, ${inWindow.toLocaleString('en')} calls in the window, ${name.split(',')[0]}`;
      return figureOf(title, timed.get(name)!, kind('µs', 'lower', goal));
    }),
  );
}

/** A target that has gone after it was well for long. The counts are the same each time. */
export async function measureUntilOpen({ tell }: BenchOptions): Promise<Part> {
  const { successesBefore: successes } = sizes;
  const contestants = {
    'ours, early': 40,
    ours: undefined,
    cockatiel: undefined,
    'opossum without percentiles': undefined,
  };
  tell('failures until open');
  const figures = [];
  for (const [name, goal] of Object.entries(contestants)) {
    const counted = await withRedis(({ url: redisUrl }) =>
      apart<CountGiven, number>('count-until-open', { name, redisUrl, successes }),
    );
    const title = `failures until open after ${successes.toLocaleString('en')} successes, ${name}`;
    figures.push(figureOf(title, [counted], kind('failures', 'lower', goal)));
  }
  return found(figures);
}

/** Early detection at a target that is well and fails now and then. */
export async function measureFalseTrips({ tell }: BenchOptions): Promise<Part> {
  const figures = [];
  for (const [failureRate, goal] of [
    [0.5, 1],
    [0.1, undefined],
  ] as const) {
    tell(`false trips, ${failureRate}`);
    const given = { calls: sizes.falseTripCalls, errorRate: 0.01, failureRate, seed: 1 };
    const trips = await apart<TripsGiven, number>('false-trips', given);
    const title = `false trips in ${sizes.falseTripCalls.toLocaleString('en')} calls at 1 % errors, ${100 * failureRate} % tolerated`;
    figures.push(figureOf(title, [trips], kind('trips', 'lower', goal)));
  }
  return found(figures);
}
