import { Heap, type HeapItem } from '../../../shared/core/heap.ts';
import { seededRandom } from '../../../shared/core/random.ts';
import { type Advice, decideRetry, type Failure, type RetryPolicy } from '../../../shared/policy/retry/index.ts';
import type { Pattern } from './patterns.ts';

/** Who makes calls and has failed ones made again. */
export interface Caller {
  readonly policy: RetryPolicy;
  /** Asked when a call fails for the first time. */
  advise(failure: Failure, now: number, chance: () => number): Advice | undefined;
  /** A call has ended that failed at least once. */
  ended(call: Call, succeeded: boolean, now: number): void;
}

export interface Call {
  readonly number: number;
  readonly beganAt: number;
  failures: number;
  advice?: Advice | undefined;
}

export interface Ended {
  readonly number: number;
  readonly succeeded: boolean;
  readonly failures: number;
  readonly tookMs: number;
}

type DueCall = Call & HeapItem & { at: number };

const answerMs = 50;

/** Calls in virtual time, one after the other as they come due. The same seed gives the same first attempts, and all the same. */
export function simulate(pattern: Pattern, caller: Caller, hours: number, seed: number): readonly Ended[] {
  const arrivals = seededRandom(seed * 10);
  const luck = seededRandom(seed * 10 + 1);
  const chances = seededRandom(seed * 10 + 2);
  const target = pattern.target(() => luck.next());
  const due = new Heap<DueCall>((one, other) => one.at < other.at);
  const ended: Ended[] = [];
  let number = 0;

  function arrive(after: number): void {
    const at = after - (Math.log(1 - arrivals.next()) * 1_000) / pattern.rate(after);
    if (at < hours * 3_600_000) due.put({ place: -1, at, beganAt: at, number: number++, failures: 0 });
  }

  function end(call: Call, succeeded: boolean, now: number): void {
    const { failures, beganAt } = call;
    if (failures > 0) caller.ended(call, succeeded, now);
    ended.push({ number: call.number, succeeded, failures, tookMs: now - beganAt });
  }

  /** As the engine does: advice with the first failure, which is kept. */
  function fail(call: DueCall, failure: Failure, now: number): void {
    call.failures++;
    if (call.failures === 1) call.advice = caller.advise(failure, now, () => chances.next());
    const { failures, advice } = call;
    const history = { failures, leaseLosses: 0, elapsedMs: now - call.beganAt, ...(advice && { advice }) };
    const verdict = decideRetry(caller.policy, failure, history, chances.next());
    if (verdict.kind === 'giveUp') return end(call, false, now);
    call.at = now + verdict.delayMs;
    due.put(call);
  }

  arrive(0);
  for (let call = due.pop(); call; call = due.pop()) {
    if (call.failures === 0) arrive(call.at);
    const failure = target.answer(call.at, () => luck.next());
    const now = call.at + answerMs;
    if (failure) fail(call, failure, now);
    else end(call, true, now);
  }
  return ended;
}
