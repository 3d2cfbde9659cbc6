import type { BreakerStates, Permits } from '../../ports/index.ts';
import type { GuardDeskNeeds } from './guard-desk.ts';
import type { GuardNews } from './guard-news.ts';
import { breakerViews, bulkheadViews } from './guard-views.ts';
import type { BreakerView, BulkheadView } from './guards.ts';

export interface GuardsSeen {
  readonly instances: number;
  readonly breakers: readonly BreakerView[];
  readonly bulkheads: readonly BulkheadView[];
}

/** All guards as they are now: this instance's, with what the hot store and the records say just now. What can't be asked leaves what was known. */
export async function lookAtGuards(needs: GuardDeskNeeds, news: GuardNews): Promise<GuardsSeen> {
  const { clock, states, permits, breakers, bulkheads, breakerPresets, bulkheadPresets } = needs;
  const [known, hot, pools] = await Promise.all([
    orElse(news.refresh(), news.known),
    orElse<Awaited<ReturnType<BreakerStates['readAll']>>>(states?.readAll(), { breakers: [], instances: 1 }),
    orElse<Awaited<ReturnType<Permits['readAll']>>>(permits?.readAll(), []),
  ]);
  return {
    instances: Math.max(1, hot.instances, ...pools.map(({ instances }) => instances)),
    breakers: breakerViews(breakers.views(), hot.breakers, known.breakers, breakerPresets, clock.now()),
    bulkheads: bulkheadViews(bulkheads.views(), pools, known.bulkheads, bulkheadPresets),
  };
}

/** Who looks at health while a store is away must see something. */
async function orElse<Answer>(ask: Promise<Answer> | undefined, otherwise: Answer): Promise<Answer> {
  try {
    return (await ask) ?? otherwise;
  } catch {
    return otherwise;
  }
}
