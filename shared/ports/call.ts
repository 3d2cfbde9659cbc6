import type { Json, JsonObject } from '../core/json.ts';
import type { Failure } from '../policy/retry/index.ts';

/** What an attempt is told. */
export interface Attempt {
  readonly jobId: string;
  readonly nodeId: string;
  readonly attempt: number;
  /**
   * The same for every attempt of this node: a target that has seen it must answer as before and not act again. A node that had succeeded
   * and runs again has another one.
   */
  readonly idempotencyKey: string;
  /** Aborts on timeout, cancel, a lost lease and the end of the process. */
  readonly signal: AbortSignal;
  /** Says that the work goes on. Does nothing once the attempt is over. */
  heartbeat(): void;
}

/** An outcome is a value. */
export type Outcome =
  | { readonly kind: 'succeeded'; readonly result: Json }
  /** The result will be called back. */
  | { readonly kind: 'accepted' }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface HttpCall {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly redirects: number;
}

/** Calls HTTP services. Never throws: every way it can go wrong is a coded failure. */
export interface HttpCaller {
  call(call: HttpCall, attempt: Attempt): Promise<Outcome>;
}

/** Publishes to topics that users name. Resolves once the message is taken. */
export interface TopicPublisher {
  publish(topic: string, message: JsonObject, attributes: Readonly<Record<string, string>>): Promise<Outcome>;
}
