/** What one instance wants of one pool, told in one step. */
export interface PermitWish {
  readonly pool: string;
  /** Permits that may be out in the whole fleet, and waiters that may be accepted. */
  readonly limit: number;
  readonly queueMost: number;
  /** After that a permit that was not renewed is free again. */
  readonly leaseMs: number;
  /** Of permits that were given to this instance and are not used any more: their fencing numbers. */
  readonly released: readonly number[];
  /** Of permits that it still uses: their leases begin anew. One that has run out meanwhile is not in the answer. */
  readonly renewed: readonly number[];
  /** How many calls want a permit now, and of those already waiting how many still do. `head` is the rank of the first (see `rankOf`): least goes first. */
  readonly wanted: number;
  readonly waiting: number;
  readonly head?: number;
  /** Permits in use that the store does not know, since it came back empty or was away: they are to be counted. */
  readonly adopted?: number;
}

export interface PermitAnswer {
  readonly pool: string;
  /** Fencing numbers of permits that are given now; each is greater than all that the pool gave before. */
  readonly granted: readonly number[];
  /** Of `renewed`, those that still hold. */
  readonly held: readonly number[];
  /** Of `wanted` and not granted: accepted into the fleet's queue. The rest is rejected. */
  readonly accepted: number;
  /** In the whole fleet, after this. */
  readonly inUse: number;
  readonly depth: number;
  /** Waiters of other instances: what is released must go back at once. */
  readonly othersWait: boolean;
  /** Instances that hold or want anything of any pool. */
  readonly instances: number;
  /** The pool is new to the store: for so long everybody keeps to a share of the limit, since the store may not know of permits that are out. */
  readonly warmingMs: number;
}

/**
 * Permits of pools that a whole fleet shares. What is hot and may be lost.
 *
 * - `ask` is atomic for each pool and decides by the clock of the store. A rejected promise says nothing.
 * - At no time are more permits of a pool held than its limit: a permit is held from its grant until it is released or its lease has run out.
 * - What is released or runs out goes to the instance whose waiter has the least rank, and `onGrant` tells it at once; a grant of which it
 *   was not told is in its next answer. An instance that has been silent for `leaseMs` waits for nothing any more.
 * - `onWanted`: somebody waits, and permits that are kept for reuse are to be released.
 * - Failures of the world reject with a CodedError; none waits for a store that is away longer than a second.
 */
export interface Permits {
  ask(instance: string, wishes: readonly PermitWish[]): Promise<readonly PermitAnswer[]>;
  /** Of pools that anybody has asked for lately, for people. */
  readAll(): Promise<readonly PoolUse[]>;
  watch(
    instance: string,
    on: {
      onGrant(pool: string, granted: readonly number[]): void;
      onWanted(pool: string): void;
      /** Something may have been missed, or the store is there again. */
      onDoubt(): void;
    },
  ): () => void;
}

export interface PoolUse {
  readonly pool: string;
  readonly limit: number;
  readonly queueMost: number;
  readonly inUse: number;
  readonly depth: number;
  readonly instances: number;
}
