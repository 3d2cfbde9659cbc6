/** Why a guard did not let a call through. */
export type RefusalReason =
  /** Its time was over before it was sent. */
  | 'deadlinePassed'
  /** Whoever asked gave it up before it was sent. */
  | 'cancelled'
  | 'rateLimited'
  /** All permits are out, and the queue is full or would take longer than the call has. */
  | 'bulkheadFull'
  | 'breakerOpen';

/** A call that was not made. A value, never thrown: it costs no stack trace, and nobody can forget it in a `catch`. */
export interface Refusal {
  readonly kind: 'refused';
  readonly because: RefusalReason;
  /** Of the guard that refused. */
  readonly name: string;
  /** When to ask again, in milliseconds since the epoch. Absent where that would change nothing. */
  readonly retryAt?: number;
  /** For people: names the guard and its numbers. */
  readonly message: string;
}

/** What a guarded call comes to. What the call itself throws is thrown on. */
export type Guarded<Value> = { readonly kind: 'succeeded'; readonly value: Value } | Refusal;
