import type { Clock } from '../../core/clock.ts';
import { formatDuration } from '../../core/duration.ts';
import { CodedError } from '../../core/error.ts';
import { CallUnderWay, start, type Work } from './call-under-way.ts';
import type { Frame } from './guard-parts.ts';
import type { Begun, Hedge } from './hedge-call.ts';
import type { Timers } from './timers.ts';

export interface CallNeeds {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly timeoutMs?: number | undefined;
  readonly hedge?: Hedge | undefined;
}

/** Makes the call itself: hedge → timeout → call. `frame.at` is now. */
export type MakeCall = <Value>(work: Work<Value>, frame: Frame) => PromiseLike<Value>;

/** What ends a call: its `timeout`, or the caller's deadline where that is sooner. */
export function callMaker(name: string, { clock, timers, timeoutMs = Infinity, hedge }: CallNeeds): MakeCall {
  const timedOut = () => new CodedError('timeout', `\`${name}\` has not answered within ${formatDuration(timeoutMs)}`);
  const tooLate = () =>
    timeoutMs < Infinity
      ? new CodedError('deadline_passed', `the caller's time was over before \`${name}\` answered`)
      : new CodedError('timeout', `\`${name}\` has not answered before the caller's deadline`);

  function callOf({ attempt, deadlineAt }: Frame, isHedge: boolean, now: number): CallUnderWay {
    const timeoutAt = now + timeoutMs;
    const call = new CallUnderWay(attempt, isHedge, deadlineAt, timeoutAt <= deadlineAt ? timedOut : tooLate);
    call.endsAt = Math.min(timeoutAt, deadlineAt);
    return call;
  }

  function makeOne<Value>(work: Work<Value>, call: CallUnderWay, signal: AbortSignal | undefined): Promise<Value> {
    const answer = call.make(work, timers);
    if (signal) heed(signal, call, answer);
    return answer;
  }

  function begin<Value>(work: Work<Value>, frame: Frame, isHedge: boolean): Begun<Value> {
    const now = isHedge ? clock.now() : frame.at;
    if (now >= frame.deadlineAt) return { answer: Promise.reject(notSent), cutOff() {} };
    const call = callOf(frame, isHedge, now);
    return { answer: makeOne(work, call, frame.asked.signal), cutOff: (reason) => call.cutOff(reason) };
  }

  if (hedge) return (work, frame) => hedge.run((isHedge) => begin(work, frame, isHedge));
  return (work, frame) => {
    if (frame.at >= frame.deadlineAt) return Promise.reject(notSent);
    const call = callOf(frame, false, frame.at);
    const { signal } = frame.asked;
    return call.endsAt === Infinity && !signal ? start(work, call) : makeOne(work, call, signal);
  };
}

/** Not thrown to anybody: the call was not made, and whoever is behind it says so. */
export const notSent = new CodedError('deadline_passed', "the caller's time was over before the call");

/** Who asked may want no answer any more. */
function heed(signal: AbortSignal, call: CallUnderWay, answer: Promise<unknown>): void {
  const callOff = () => call.cutOff(signal.reason);
  const forget = () => signal.removeEventListener('abort', callOff);
  signal.addEventListener('abort', callOff, { once: true });
  answer.then(forget, forget);
}
