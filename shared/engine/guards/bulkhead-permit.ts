/** The right to make one call at a target. It is given back once; a second time is no harm. */
export interface BulkheadPermit {
  readonly kind: 'permit';
  readonly pool: string;
  /**
   * Fencing number: greater than all under which the pool was used before by this instance, and than those of every permit that the store gave before
   * this one. A target that remembers the greatest one refuses a caller that was asleep beyond its lease.
   */
  readonly number: number;
  /** Whose numbers it goes by: the fleet's, or those of this instance alone, as there was no store to ask. */
  readonly scope: 'fleet' | 'instance';
  /** Until then at least it is this call's alone; while it is in use this is moved on. `Infinity` where there is no store. */
  readonly heldUntil: number;
  /** Since when the permit is not this call's any more, as its lease could not be renewed; nothing while it is. */
  readonly lostAt: number | undefined;
  /** Aborted when the permit is lost. Made when it is asked for. */
  readonly signal: AbortSignal;
  /** `dropped`: the target was too busy for the call, as a timeout or a 429 says. An adaptive limit goes by it. */
  release(dropped?: boolean): void;
}

/** A permit as its pool holds it: used by one call after the other, each under the next of its numbers. */
export interface Holding {
  /** As the store knows it. */
  readonly first: number;
  uses: number;
  /** When the lease that it goes by was asked for. */
  leasedAt: number;
  until: number;
  /** Taken from this instance's share, while there was no store to ask. */
  isOwn: boolean;
  user: Permit | undefined;
}

/** A class, since a pool makes one for each call. */
export class Permit implements BulkheadPermit {
  readonly kind = 'permit';
  readonly pool: string;
  readonly number: number;
  readonly scope: 'fleet' | 'instance';
  readonly begunAt: number;
  lostAt: number | undefined;
  #holding: Holding;
  #onRelease: ((permit: Permit, holding: Holding, dropped: boolean) => void) | undefined;
  #lost: AbortController | undefined;

  constructor(
    pool: string,
    holding: Holding,
    begunAt: number,
    onRelease: (permit: Permit, holding: Holding, dropped: boolean) => void,
  ) {
    this.pool = pool;
    this.number = holding.first + holding.uses;
    this.scope = holding.isOwn ? 'instance' : 'fleet';
    this.begunAt = begunAt;
    this.#holding = holding;
    this.#onRelease = onRelease;
  }

  get heldUntil(): number {
    return this.#holding.until;
  }

  get signal(): AbortSignal {
    this.#lost ??= new AbortController();
    if (this.lostAt !== undefined) this.#lost.abort();
    return this.#lost.signal;
  }

  lose(now: number): void {
    this.lostAt = now;
    this.#lost?.abort();
  }

  release(dropped = false): void {
    const onRelease = this.#onRelease;
    this.#onRelease = undefined;
    onRelease?.(this, this.#holding, dropped);
  }
}
