import type { GuardCounter } from '../../engine/guards/guard-events.ts';
import type { BreakerView, BulkheadView, GuardAnswer, GuardHealth } from '../../engine/guards/guards.ts';
import { faulty } from './answer-call.ts';
import { apiLimits } from './limits.ts';
import { type Problem, problem } from './problem.ts';
import { ok, type Reply } from './reply.ts';

/** Guards in the words of the API. */

type Counted = ReadonlyMap<string, GuardCounter>;

export function countersByGuard(counters: readonly GuardCounter[]): Counted {
  return new Map(counters.map((each) => [`${each.guard} ${each.name}`, each]));
}

export function breakerView(view: BreakerView, counted: Counted): object {
  return { ...view, ...toldOf('breaker', view.name, counted) };
}

export function bulkheadView(view: BulkheadView, counted: Counted): object {
  return { ...view, ...toldOf('bulkhead', view.name, counted) };
}

function toldOf(guard: string, name: string, counted: Counted): object {
  const { rejections = 0, transitions = 0 } = counted.get(`${guard} ${name}`) ?? {};
  return rejections + transitions > 0 ? { told: { rejections, transitions } } : {};
}

export function healthView(health: GuardHealth, counted: Counted, now: number): object {
  const { breakers, bulkheads, ...rest } = health;
  const told = unwellFirst(health);
  return {
    ...rest,
    now,
    counts: { breakers: byState(breakers), bulkheads: bulkheads.length },
    breakers: told.breakers.map((view) => breakerView(view, counted)),
    bulkheads: told.bulkheads.map((view) => bulkheadView(view, counted)),
  };
}

/** Who looks at health looks for what is wrong: that stands first, and is there however many guards there are. */
export function unwellFirst({ breakers, bulkheads }: GuardHealth): Pick<GuardHealth, 'breakers' | 'bulkheads'> {
  const unwell = (view: BreakerView) => Number(view.state !== 'closed');
  const fullness = ({ inUse, depth, limit }: BulkheadView) => (inUse + depth) / limit;
  return {
    breakers: breakers.toSorted((a, b) => unwell(b) - unwell(a)).slice(0, apiLimits.guardsTold),
    bulkheads: bulkheads.toSorted((a, b) => fullness(b) - fullness(a)).slice(0, apiLimits.guardsTold),
  };
}

function byState(breakers: readonly BreakerView[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { state } of breakers) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

export const etagOf = ({ revision }: { readonly revision: number }) => ({ ETag: `"${revision}"` });

export function unknownGuard(guard: 'breaker' | 'bulkhead', name: string, known: readonly string[]): Problem {
  const some = known.slice(0, apiLimits.namesTold).map((each) => `\`${each}\``);
  const more = known.length > some.length ? `, and ${known.length - some.length} more` : '';
  const there =
    some.length === 0 ? 'there is none yet' : `there ${some.length === 1 ? 'is' : 'are'} ${some.join(', ')}${more}`;
  return problem(`${guard}_not_found`, `nobody has heard of ${guard} \`${name}\`; ${there}`);
}

/** What became of what an operator asked for. */
export function guardReply<View extends { readonly revision: number }>(
  answer: GuardAnswer<View>,
  { guard, name }: { readonly guard: 'breaker' | 'bulkhead'; readonly name: string },
  view: (of: View) => object,
): Reply {
  switch (answer.kind) {
    case 'done':
      return ok(view(answer.view), etagOf(answer.view));
    case 'repeated':
      return ok(view(answer.view), { ...etagOf(answer.view), 'Idempotency-Replayed': 'true' });
    case 'conflict': {
      const detail = `the revision of ${guard} \`${name}\` is ${answer.revision}`;
      return problem('guard_changed', detail, {}, etagOf(answer));
    }
    case 'keyReused':
      return problem('idempotency_key_reused', `${guard} \`${name}\` was asked for something else under this key`);
    case 'unknown':
      return unknownGuard(guard, name, answer.known);
    case 'faults':
      return faulty('invalid_request', answer.faults);
  }
}
