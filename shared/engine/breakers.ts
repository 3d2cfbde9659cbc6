import type { Random } from '../core/random.ts';
import {
  type Admission,
  admit,
  type Breaker,
  type BreakerOutcome,
  type BreakerRules,
  closedBreaker,
  record,
} from '../policy/breaker/index.ts';

/**
 * The breakers of targets. Asked and told without a wait, so that it can be done within a commit. What they know is that of this process;
 * who shares it with others keeps to this interface.
 */
export interface Breakers {
  /** Whether a call may be made now. A probe must be told of, by its number, or ends by itself after a while. */
  admit(target: string, now: number): Admission;
  /** What became of a call. Where the target is left alone now: when to ask again. */
  record(target: string, outcome: BreakerOutcome, now: number, probe?: number): number | undefined;
}

/** Targets that are remembered. The one that was heard of first makes room: its breaker is closed again. */
const targetsMost = 10_000;

/** Of a target that is well nothing is kept. */
export function createLocalBreakers(rules: BreakerRules, random: Random): Breakers {
  const known = new Map<string, Breaker>();

  function keep(target: string, breaker: Breaker): void {
    known.set(target, breaker);
    if (known.size > targetsMost) known.delete(known.keys().next().value!);
  }

  return {
    admit(target, now) {
      const before = known.get(target);
      if (!before) return { kind: 'admitted' };
      const { breaker, admission } = admit(before, rules, now, random.next());
      if (breaker !== before) keep(target, breaker);
      return admission;
    },
    record(target, outcome, now, probe) {
      const before = known.get(target);
      if (!before && outcome !== 'failed') return undefined;
      const after = record(before ?? closedBreaker, outcome, rules, now, random.next(), probe);
      if (after !== before) keep(target, after);
      if (after.kind !== 'open') return undefined;
      const { admission } = admit(after, rules, now, random.next());
      return admission.kind === 'refused' ? admission.retryAt : undefined;
    },
  };
}
