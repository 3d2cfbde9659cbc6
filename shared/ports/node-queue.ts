/**
 * Says which nodes are ready, at least once and in no promised order, a higher priority sooner and a low one not for ever later.
 * A message may be lost with its process. It is an alarm clock: the lease lives in the store.
 */
export interface NodeQueue {
  publish(messages: readonly NodeMessage[]): Promise<void>;
  /** Calls `wake` when there may be something to take. One consumer a queue. */
  onReady(wake: () => void): void;
  /** At most `most` messages, best first; they are gone from the queue. */
  take(most: number): readonly NodeMessage[];
  /** What the best waiting message is worth now: its priority and what its wait has added. Undefined when none waits. */
  bestRank(): number | undefined;
}

export interface NodeMessage {
  readonly jobId: string;
  readonly node: number;
  /** The attempt that will be made. */
  readonly attempt: number;
  readonly priority: number;
}
