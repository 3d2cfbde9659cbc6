import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import { decideRetry, type RetryPolicy } from '../../policy/retry/index.ts';
import { failureOf } from '../failure-of.ts';
import type { RetryBudget } from '../retry-budget.ts';
import type { Work } from './call-under-way.ts';
import type { Frame, Step } from './guard-parts.ts';
import type { Guarded } from './refusal.ts';

export interface RetryNeeds {
  readonly clock: Clock;
  readonly random: Random;
  readonly policy: RetryPolicy;
  readonly budget: RetryBudget;
}

/**
 * Makes a call again that has failed, as its policy says, while there is time and the budget of its name has a retry left. A refusal is no
 * failure and is not tried again: it says itself when to come back. Where a later attempt is refused, what is told is the failure of the
 * last one that was made.
 */
export function retrying(name: string, { clock, random, policy, budget }: RetryNeeds, once: Step): Step {
  /** How long to wait; nothing where it is not to be made again. */
  function delayAfter(
    thrown: unknown,
    frame: Frame,
    began: number,
    lastDelayMs: number | undefined,
  ): Delay | undefined {
    if (frame.asked.signal?.aborted) return undefined;
    const now = clock.now();
    const last = lastDelayMs === undefined ? {} : { lastDelayMs };
    const history = { failures: frame.attempt, leaseLosses: 0, elapsedMs: now - began, ...last };
    const verdict = decideRetry(policy, failureOf(thrown), history, random.next());
    if (verdict.kind === 'giveUp' || now + verdict.delayMs >= frame.deadlineAt) return undefined;
    void budget.refresh(name);
    return budget.ask(name).kind === 'granted' ? verdict : undefined;
  }

  return async <Value>(work: Work<Value>, first: Frame): Promise<Guarded<Value>> => {
    const began = clock.now();
    budget.countFirst(name);
    let lastDelayMs: number | undefined;
    let failed: { readonly thrown: unknown } | undefined;
    for (let frame = first; ; frame = { ...frame, attempt: frame.attempt + 1 }) {
      try {
        const answer = await once(work, frame);
        if (answer.kind === 'succeeded') budget.heard(name, 'succeeded');
        else if (failed) break;
        return answer;
      } catch (thrown) {
        failed = { thrown };
      }
      budget.heard(name, 'failed');
      const delay = delayAfter(failed.thrown, frame, began, lastDelayMs);
      if (!delay) break;
      lastDelayMs = delay.lastDelayMs;
      await clock.sleep(delay.delayMs, first.asked.signal);
      if (first.asked.signal?.aborted) {
        budget.takeBack(name);
        break;
      }
    }
    throw failed.thrown;
  };
}

interface Delay {
  readonly delayMs: number;
  readonly lastDelayMs?: number;
}
