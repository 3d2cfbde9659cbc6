import type { CodedError } from '../../core/error.ts';
import type { WheelTimer } from '../../core/timer-wheel.ts';
import type { Timers } from './timers.ts';

/** What a guarded function is told of the call that it makes. */
export interface GuardedCall {
  /** Aborted when nobody waits for the call any more: it took too long, another one answered first, or who asked went away. Made when it is first read. */
  readonly signal: AbortSignal;
  /** 1 first. */
  readonly attempt: number;
  /** A second call beside one that takes long. */
  readonly isHedge: boolean;
  /** When the caller's time is over, in milliseconds since the epoch; `Infinity` where nobody said. */
  readonly deadlineAt: number;
}

export type Work<Value> = (call: GuardedCall) => Promise<Value> | Value;

/**
 * One call, its timer and its signal in one object: thousands are made in a second, and most need neither. A class, since it lives as long as
 * the call does.
 */
export class CallUnderWay implements GuardedCall, WheelTimer {
  tick = 0;
  place = -1;
  next: WheelTimer | undefined = undefined;
  previous: WheelTimer | undefined = undefined;
  readonly attempt: number;
  readonly isHedge: boolean;
  readonly deadlineAt: number;
  /** When it is cut off, and what to say then. */
  endsAt = Infinity;
  private readonly why: (call: CallUnderWay) => CodedError;
  private reject: ((reason: unknown) => void) | undefined = undefined;
  private controller: AbortController | undefined = undefined;
  private cut: { readonly reason: unknown } | undefined = undefined;

  constructor(attempt: number, isHedge: boolean, deadlineAt: number, why: (call: CallUnderWay) => CodedError) {
    this.attempt = attempt;
    this.isHedge = isHedge;
    this.deadlineAt = deadlineAt;
    this.why = why;
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.cut !== undefined) this.controller.abort(this.cut.reason);
    }
    return this.controller.signal;
  }

  /** Who waits for it hears this at once, whether the work heeds its signal or not. */
  cutOff(reason: unknown): void {
    if (this.cut !== undefined) return;
    this.cut = { reason };
    this.controller?.abort(reason);
    this.reject?.(reason);
  }

  onDue(): void {
    this.cutOff(this.why(this));
  }

  /** Makes the call. It ends with its answer, or when it is cut off; what comes after that is heard by nobody. */
  make<Value>(work: Work<Value>, timers: Timers): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.reject = reject;
      if (this.endsAt < Infinity) timers.start(this, this.endsAt);
      start(work, this).then(
        (value) => {
          timers.cancel(this);
          resolve(value);
        },
        (thrown: unknown) => {
          timers.cancel(this);
          reject(thrown);
        },
      );
    });
  }
}

/** What throws before it gives a promise has failed as well. */
export function start<Value>(work: Work<Value>, call: GuardedCall): PromiseLike<Value> {
  try {
    const made = work(call);
    return isThenable(made) ? made : Promise.resolve(made);
  } catch (thrown) {
    return Promise.reject(thrown);
  }
}

function isThenable<Value>(made: PromiseLike<Value> | Value): made is PromiseLike<Value> {
  return typeof made === 'object' && made !== null && 'then' in made && typeof made.then === 'function';
}
