import {
  adviceFor,
  countsOf,
  type Experience,
  oldestSlot,
  rewardOf,
  slotAt,
} from '../../../shared/policy/adaptive/index.ts';
import { type Arm, arms, kindOf, type RetryPolicy } from '../../../shared/policy/retry/index.ts';
import { addSlots } from '../../../shared/policy/slots/index.ts';
import type { Caller } from './simulate.ts';

/** The same bounds for all. */
export const bounds = {
  delay: 1_000,
  maxDelay: 60_000,
  maxAttempts: 8,
  maxElapsed: 20 * 60_000,
} as const satisfies RetryPolicy;

/** Each strategy that `adaptive` has to choose among, alone, and `adaptive`; of what learns a new one for every simulation. */
export const callers: readonly { readonly name: string; make(): Caller }[] = [
  ...arms.map((arm) => ({ name: arm, make: () => fixedCaller(arm) })),
  { name: 'adaptive', make: adaptiveCaller },
];

/** As a policy that is frozen to one strategy: with the same delays and jitter as when it is chosen. */
function fixedCaller(frozen: Arm): Caller {
  const policy = { ...bounds, strategy: 'adaptive', frozen } as const;
  return { policy, advise: () => undefined, ended() {} };
}

/** What the engine does for one target, with a store that answers at once. */
function adaptiveCaller(): Caller {
  const policy = { ...bounds, strategy: 'adaptive' } as const;
  const known = new Map<string, Experience>();
  return {
    policy,
    advise(failure, now, chance) {
      const kind = kindOf(failure);
      return adviceFor({ target: 'it', kind, frozen: false, experience: known.get(kind) ?? [] }, now, chance);
    },
    ended({ advice, failures, beganAt }, succeeded, now) {
      if (!advice) return;
      const earned = succeeded ? rewardOf(policy, { failures, tookMs: now - beganAt }) : 0;
      const counts = { slot: slotAt(now), counts: countsOf(advice.arm, earned) };
      known.set(advice.kind, addSlots(known.get(advice.kind) ?? [], [counts], oldestSlot(now)));
    },
  };
}
