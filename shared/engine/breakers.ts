import type { Random } from '../core/random.ts';
import {
  type Admission,
  admit,
  type Breaker,
  type BreakerOutcome,
  type BreakerRules,
  createBreaker,
  record,
  retryAtOf,
  stateOf,
} from '../policy/breaker/index.ts';

/**
 * The breakers of targets. Asked and told without a wait, so that it can be done within a commit. What they know is that of this process;
 * who shares it with others keeps to this interface.
 */
export interface Breakers {
  /** Whether a call may be made now. A probe must be told of, by its number, or ends by itself after a while. */
  admit(target: string, now: number): Admission;
  /**
   * Leave for a probe has to be asked for elsewhere: resolves when that was answered, so that `admit` knows of it. Undefined where there is
   * nothing to wait for.
   */
  prepare?(target: string, now: number): Promise<void> | undefined;
  /** What became of a call. Where the target is left alone now: when to ask again. */
  record(target: string, outcome: BreakerOutcome, now: number, probe?: number, tookMs?: number): number | undefined;
}

/** Targets that are remembered. The one that was heard of first makes room: its breaker is closed again. */
const targetsMost = 10_000;

/** Where nothing but a run of failures opens a breaker, nothing is kept of targets that never failed. */
export function createLocalBreakers(rules: BreakerRules, random: Random): Breakers {
  const known = new Map<string, Breaker>();
  const chance = () => random.next();
  const countsAll = rules.failureRate !== undefined || rules.slowRate !== undefined;

  function keep(target: string): Breaker {
    const breaker = createBreaker();
    known.set(target, breaker);
    if (known.size > targetsMost) known.delete(known.keys().next().value!);
    return breaker;
  }

  return {
    admit(target, now) {
      const breaker = known.get(target);
      return breaker ? admit(breaker, rules, now, chance) : { kind: 'admitted' };
    },
    record(target, outcome, now, probe, tookMs = 0) {
      const before = known.get(target);
      if (!before && outcome !== 'failed' && !countsAll) return undefined;
      const breaker = before ?? keep(target);
      record(breaker, rules, outcome, now, chance, tookMs, probe);
      return stateOf(breaker) === 'open' ? retryAtOf(breaker, rules, now, chance) : undefined;
    },
  };
}
