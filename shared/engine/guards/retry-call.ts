import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import { callVerdict } from '../../policy/breaker/index.ts';
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

  /** What a failure says of the target is counted as its breaker would judge it. */
  function countFailure(thrown: unknown): void {
    const verdict = callVerdict(failureOf(thrown));
    if (verdict !== 'unheard') budget.heard(name, verdict);
  }

  async function again<Value>(
    work: Work<Value>,
    first: Frame,
    began: number,
    failure: unknown,
  ): Promise<Guarded<Value>> {
    let thrown = failure;
    let lastDelayMs: number | undefined;
    for (let attempt = first.attempt; ; attempt++) {
      countFailure(thrown);
      const delay = delayAfter(thrown, { ...first, attempt }, began, lastDelayMs);
      if (!delay) throw thrown;
      lastDelayMs = delay.lastDelayMs;
      await clock.sleep(delay.delayMs, first.asked.signal);
      if (first.asked.signal?.aborted) {
        budget.takeBack(name);
        throw thrown;
      }
      const answer = await once(work, { ...first, attempt: attempt + 1, at: clock.now() }).catch((next: unknown) => {
        thrown = next;
        return undefined;
      });
      if (answer?.kind === 'refused') throw thrown;
      if (answer) {
        budget.heard(name, 'succeeded');
        return answer;
      }
    }
  }

  return (work, frame) => {
    const began = frame.at;
    budget.countFirst(name, began);
    return once(work, frame).then(
      (answer) => {
        if (answer.kind === 'succeeded') budget.heard(name, 'succeeded', began);
        return answer;
      },
      (thrown) => again(work, frame, began, thrown),
    );
  };
}

interface Delay {
  readonly delayMs: number;
  readonly lastDelayMs?: number;
}
