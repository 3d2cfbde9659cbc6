/** What one instance wants of one pool, told in one step. Spans are milliseconds, since nobody's clock is everybody's. */
export interface PermitWish {
  readonly pool: string;
  /** Permits that may be out in the whole fleet, as this instance says; see `Permits` for what holds when several say different things. */
  readonly limit: number;
  /** The limit is what this instance measured, and not what is configured. */
  readonly isMeasured: boolean;
  /** Waiters that may be accepted in the whole fleet. */
  readonly queueMost: number;
  /** After that a permit that was not renewed is free again. */
  readonly leaseMs: number;
  /** Permits that were given to this instance and are not used any more. */
  readonly released: readonly number[];
  /** Permits that it still uses: their leases begin anew. */
  readonly renewed: readonly number[];
  /** Permits in use that the store need not know, since they were taken while it was away: they are counted in any case. */
  readonly adopted: readonly number[];
  /** `newest` of the last answer it got for the pool, 0 for none: of what was given up to that number it knows. */
  readonly newest: number;
  /** How many calls want a permit now, and how many of those that were accepted still wait. */
  readonly wanted: number;
  readonly waiting: number;
  /** Rank of the first of all these, counted from now: least goes first. */
  readonly headMs?: number;
  /** It could not reach the store before this, so others may have lived on their shares, too. */
  readonly wasAway: boolean;
  /** Permits that it would like to keep at hand; given only where nobody waits. */
  readonly spare: number;
}

export interface PermitAnswer {
  readonly pool: string;
  /** Permits that are given, those included of which the instance need not know yet. Each stands for `bulkheadLimits.usesPerPermit` numbers from it on. */
  readonly granted: readonly number[];
  /** Of `renewed` and `adopted`, those that hold. */
  readonly held: readonly number[];
  /** So many of `wanted` are not accepted. */
  readonly rejected: number;
  /** The limit that holds, permits that are out, and waiters that are accepted, in the whole fleet after this. */
  readonly limit: number;
  readonly inUse: number;
  readonly depth: number;
  /** Rank of the first waiter of another instance, counted from now. */
  readonly othersHeadMs?: number;
  /** Told to those who wait: the first lease that may run out does so after this. */
  readonly nextFreeMs?: number;
  /** The greatest number given so far. */
  readonly newest: number;
  /** Instances that lately held or wanted anything of any pool, and how many of them have a lesser id than this one. */
  readonly instances: number;
  readonly place: number;
  /** So long the store gives no permit, since it may not know of some that are out. */
  readonly warmingMs: number;
}

/**
 * Permits of pools that a whole fleet shares. What is hot and may be lost.
 *
 * - P1 At no time are more permits of a pool held than its limit: a permit is held from its grant until it is released or its lease has run
 *   out. A limit that went down lets none go that is out; nothing is given until so many have come back.
 * - P2 No number is given twice, and each is greater than all that the pool gave before, also after the store came back empty.
 * - P3 What is released or runs out goes to the instance whose first waiter has the least rank, and `onGrant` tells it at once. Whatever an instance
 *   was not told, or has not said to know, is in its next answer, with a new lease.
 * - P4 Nobody who was accepted is rejected. An instance that has been silent for `leaseMs` waits for nothing any more.
 * - P5 The store came back empty: for a lease it gives nothing, and takes on what instances say that they hold. Nobody could reach it for half a
 *   lease: the same for half a lease, so that all have time to say what they hold.
 * - P6 What is asked is done within a second of its sending, or never.
 *
 * `ask` is atomic for each pool and decides by the clock of the store. Of one instance only one is under way. A rejected promise says nothing: it may
 * have been done. The limit that holds is the least that any instance has said within a lease, or the lower median where they measure it.
 * Failures of the world reject with a CodedError; none waits for a store that is away longer than a second.
 */
export interface Permits {
  ask(instance: string, wishes: readonly PermitWish[]): Promise<readonly PermitAnswer[]>;
  /** Of pools that anybody has asked for lately, for people. */
  readAll(): Promise<readonly PoolUse[]>;
  /** Returns how to stop. */
  watch(instance: string, on: PermitEars): () => void;
}

export interface PermitEars {
  /** `leftMs`: what is left of the lease at least. */
  onGrant(pool: string, granted: readonly number[], leftMs: number): void;
  /** Somebody waits, with this rank counted from now: what is kept for reuse is to be released. */
  onWanted(pool: string, headMs: number): void;
  /** Something may have been missed, or the store is there again. */
  onDoubt(): void;
  /** The store is away: asking would fail. */
  onAway(because: string): void;
}

export interface PoolUse {
  readonly pool: string;
  readonly limit: number;
  readonly queueMost: number;
  readonly inUse: number;
  readonly depth: number;
  readonly instances: number;
}
