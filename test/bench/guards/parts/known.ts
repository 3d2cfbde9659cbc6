import type { BenchOptions } from '../../bench.ts';
import { found, ms, type Part } from '../../engine/part.ts';
import { figureOf } from '../../figure.ts';
import { quantile } from '../../statistics.ts';
import { sizes } from '../sizes.ts';
import { withRedis } from '../with-redis.ts';
import type { KnownFound, KnownGiven } from '../workloads/known.ts';
import { apart } from './apart.ts';

/** How long it is until each instance goes by what has happened at one of them. */
export async function measureKnown({ tell }: BenchOptions): Promise<Part> {
  const { instances, outageFailures: failures, transitions: rounds } = sizes;
  tell('transitions known to every instance');
  const { openedMs, closedMs, roundTripMs } = await withRedis(({ url }) =>
    apart<KnownGiven, KnownFound>('known', { url, instances, failures, rounds }),
  );
  const p99 = (spans: readonly number[]) => [quantile(spans, 0.99)];
  const [roundTrip = 0] = p99(roundTripMs);
  const goal = 10 + roundTrip;
  return found([
    figureOf('Redis round trip p99, beside it', p99(roundTripMs), ms()),
    figureOf(`opening known to all ${instances} instances p99`, p99(openedMs), ms(goal)),
    figureOf(`closing known to all ${instances} instances p99`, p99(closedMs), ms(goal)),
  ]);
}
