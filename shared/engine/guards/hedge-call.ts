import { CodedError } from '../../core/error.ts';
import { idleTimer, type WheelTimer } from '../../core/timer-wheel.ts';
import { createHedgeCredit, createLatencyWindow, type HedgeRules } from '../../policy/hedge/index.ts';
import type { Timers } from './timers.ts';

/** A call that was begun. */
export interface Begun<Value> {
  readonly answer: PromiseLike<Value>;
  /** Nobody waits for it any more. */
  cutOff(reason: unknown): void;
}

/** Second calls beside those that take long, at one target. */
export interface Hedge {
  /**
   * The answer that comes first, of the call or of its second; the other is cut off. A call that fails before its second is begun has
   * failed; after that the other one is waited for, and when both have failed the first one's failure is told.
   */
  run<Value>(begin: (isHedge: boolean) => Begun<Value>): Promise<Value>;
}

export interface HedgeNeeds {
  readonly now: () => number;
  readonly timers: Timers;
  readonly rules: HedgeRules;
  /** A first call begins. */
  readonly begun: () => void;
  /** A second call is paid for like a retry. */
  readonly mayCall: () => boolean;
}

export function createHedge({ now, timers, rules, begun: countBegun, mayCall }: HedgeNeeds): Hedge {
  const { quantile, share, leastMs, minimumCalls, windowMs } = rules;
  const latencies = createLatencyWindow(windowMs);
  const credit = createHedgeCredit(share);

  function isPaid(): boolean {
    if (!credit.spend()) return false;
    if (mayCall()) return true;
    credit.giveBack();
    return false;
  }

  function run<Value>(begin: (isHedge: boolean) => Begun<Value>): Promise<Value> {
    const began = now();
    const usualMs = latencies.quantile(quantile, minimumCalls, began);
    credit.earn();
    countBegun();
    return new Promise<Value>((resolve, reject) => {
      const first = begin(false);
      let second: Begun<Value> | undefined;
      let failures: unknown[] = [];
      let isLearned = false;

      /** Of a first call that did not end by itself it is known that it takes longer than this: enough to say that it is one of the slow ones. */
      function learn(): void {
        const at = now();
        if (!isLearned) latencies.record(at - began, at);
        isLearned = true;
      }

      function succeed(value: Value, other: Begun<Value> | undefined): void {
        timers.cancel(timer);
        learn();
        resolve(value);
        other?.cutOff(overtaken());
      }

      function fail(thrown: unknown, isFirst: boolean): void {
        timers.cancel(timer);
        if (isFirst && now() - began >= (usualMs ?? Infinity)) learn();
        failures = isFirst ? [thrown, ...failures] : [...failures, thrown];
        if (failures.length === (second ? 2 : 1)) reject(failures[0]);
      }

      function beginSecond(): void {
        if (!isPaid()) return;
        const begun = begin(true);
        second = begun;
        begun.answer.then(
          (value) => succeed(value, first),
          (thrown) => fail(thrown, false),
        );
      }

      const timer: WheelTimer = { ...idleTimer, onDue: beginSecond };
      if (usualMs !== undefined) timers.start(timer, began + Math.max(leastMs, usualMs));
      first.answer.then(
        (value) => succeed(value, second),
        (thrown) => fail(thrown, true),
      );
    });
  }

  return { run };
}

function overtaken(): CodedError {
  return new CodedError('aborted', 'another call to the same target answered first');
}
