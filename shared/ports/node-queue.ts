/**
 * Says which nodes are ready, at least once and in no promised order, a higher priority sooner and a low one not for ever later.
 * A message may be lost with its process. It is an alarm clock: the lease lives in the store.
 */
export interface NodeQueue {
  /** Resolves once the messages are taken, whoever reads them. */
  publish(messages: readonly NodeMessage[]): Promise<void>;
}

/** Where an engine that runs by itself takes ready nodes from. A door is brought them instead. */
export interface NodeSource {
  /** Calls `wake` when there may be something to take. One consumer a source. */
  onReady(wake: () => void): void;
  /** At most `most` messages, best first; they are gone from the source. */
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
  /** The parcel that the node is handed out in; absent for a node that is claimed by itself. */
  readonly parcel?: string;
}
