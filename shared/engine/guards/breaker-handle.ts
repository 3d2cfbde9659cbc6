import type { Classify } from '../../policy/breaker/index.ts';
import type { BreakerView } from './guards.ts';
import type { Guarded, Refusal } from './refusal.ts';

/** The right to make one call. Whoever has it says once what became of the call. */
export interface BreakerPass {
  readonly kind: 'pass';
  /** The number of the probe that it is, where it is one: positive of the fleet's, negative of this instance's own. It ends by itself when nothing is said of it. */
  readonly probe: number | undefined;
}

export interface BreakerRefusal extends Refusal {
  readonly because: 'breakerOpen';
  readonly retryAt: number;
  /** Whose verdict that is: the fleet's, or this instance's alone. */
  readonly scope: 'fleet' | 'instance';
}

/** One breaker, as those who make calls see it. Refusals are values. */
export interface BreakerHandle {
  readonly name: string;
  /** Decides by what is known here and now, without a promise: while a probe has to be asked for it refuses, and asks in the background. */
  tryAcquire(): BreakerPass | BreakerRefusal;
  succeeded(pass: BreakerPass, durationMs?: number): void;
  failed(pass: BreakerPass, durationMs?: number): void;
  /** The call says nothing of its target: it was not made, or was called off. */
  ignored(pass: BreakerPass): void;
  /**
   * Makes the call unless it is refused; what it throws is thrown on. Waits for the fleet's verdicts where none has been heard yet, and
   * for leave to make a probe. Without `classify` whatever is thrown is a failure.
   */
  run<Value>(call: () => Promise<Value> | Value, classify?: Classify): Promise<Guarded<Value>>;
  view(): BreakerView;
}
