import { bulkheadLimits } from '../../policy/bulkhead/index.ts';
import type { Holding, Permit } from './bulkhead-permit.ts';

/**
 * The permits that an instance holds of one pool: in use, or kept at hand. A lease is judged by this instance's clock from before it was asked
 * for, so it never seems to last longer than the store has it.
 */
export interface Holdings {
  readonly size: number;
  readonly kept: number;
  /** Of those in use that are this instance's share. */
  readonly ownInUse: number;
  /** Whether the store's permit is held, or was and is on its way back. */
  knows(number: number): boolean;
  add(first: number, leasedAt: number, until: number, isOwn: boolean): Holding;
  use(holding: Holding, permit: Permit): void;
  /** It is not in use any more, and may be kept. */
  free(holding: Holding): void;
  keep(holding: Holding, now: number): void;
  /** One that is kept, and holds. */
  takeKept(now: number): Holding | undefined;
  isReusable(holding: Holding, now: number): boolean;
  /** A lease that begins anew, and one that goes on as this instance's own. */
  lease(holding: Holding, leasedAt: number, until: number): void;
  makeOwn(holding: Holding, until: number): void;
  /** It goes back to the store with the next wish. */
  giveBack(holding: Holding): void;
  /** The same of one that was never used here. */
  giveBackNumber(number: number): void;
  giveBackKept(keptBefore: number): void;
  /** Goes nowhere: it has run out, or was never the store's. */
  drop(holding: Holding): void;
  /** To be told: what is to go back. Until `released` or `notReleased` says how it went it is on its way. */
  takeReleased(): readonly number[];
  released(): void;
  notReleased(): void;
  readonly hasReleased: boolean;
  get(first: number): Holding | undefined;
  /** No lease began before this; nothing is looked through until one may be due. */
  readonly leasedSince: number;
  leasedUntil(leasedAt: number): readonly Holding[];
  /** Those that were taken from this instance's share. */
  own(): readonly Holding[];
  /** When the kept one that has been for longest was kept. */
  readonly keptSince: number | undefined;
}

interface Kept {
  readonly holding: Holding;
  readonly since: number;
}

export function createHoldings(): Holdings {
  const held = new Map<number, Holding>();
  let kept: Kept[] = [];
  let toRelease = new Set<number>();
  let onTheirWay = new Set<number>();
  let ownInUse = 0;
  let leasedSince = Number.POSITIVE_INFINITY;

  function giveBack(holding: Holding): void {
    held.delete(holding.first);
    toRelease.add(holding.first);
  }

  return {
    get size() {
      return held.size;
    },
    get kept() {
      return kept.length;
    },
    get ownInUse() {
      return ownInUse;
    },
    get hasReleased() {
      return toRelease.size > 0;
    },
    get keptSince() {
      return kept[0]?.since;
    },
    knows: (number) => held.has(number) || toRelease.has(number),
    get leasedSince() {
      return leasedSince;
    },
    leasedUntil(leasedAt) {
      if (leasedSince > leasedAt) return [];
      const leased = [...held.values()].filter((holding) => !holding.isOwn);
      leasedSince = leased.reduce((least, each) => Math.min(least, each.leasedAt), Number.POSITIVE_INFINITY);
      return leased.filter((holding) => holding.leasedAt <= leasedAt);
    },
    own: () => (ownInUse === 0 ? [] : [...held.values()].filter((holding) => holding.isOwn)),
    get: (first) => held.get(first),
    add(first, leasedAt, until, isOwn) {
      const holding: Holding = { first, uses: 0, leasedAt, until, isOwn, user: undefined };
      held.set(first, holding);
      if (!isOwn) leasedSince = Math.min(leasedSince, leasedAt);
      return holding;
    },
    use(holding, permit) {
      holding.user = permit;
      holding.uses++;
      if (holding.isOwn) ownInUse++;
    },
    free(holding) {
      holding.user = undefined;
      if (holding.isOwn) ownInUse--;
    },
    keep: (holding, now) => void kept.push({ holding, since: now }),
    takeKept(now) {
      for (;;) {
        const last = kept.pop();
        if (!last || last.holding.until > now) return last?.holding;
        giveBack(last.holding);
      }
    },
    isReusable: ({ until, uses }, now) => until > now && uses < bulkheadLimits.usesPerPermit,
    lease(holding, leasedAt, until) {
      if (holding.user && holding.isOwn) ownInUse--;
      // Numbers that no store gave are not gone on with.
      if (holding.isOwn) holding.uses = bulkheadLimits.usesPerPermit;
      holding.isOwn = false;
      holding.leasedAt = leasedAt;
      holding.until = until;
      leasedSince = Math.min(leasedSince, leasedAt);
    },
    makeOwn(holding, until) {
      if (holding.user && !holding.isOwn) ownInUse++;
      holding.isOwn = true;
      holding.until = until;
    },
    giveBack,
    giveBackNumber: (number) => void toRelease.add(number),
    giveBackKept(keptBefore) {
      const staying = kept.filter(({ since }) => since > keptBefore);
      for (const each of kept) if (each.since <= keptBefore) giveBack(each.holding);
      kept = staying;
    },
    drop: ({ first }) => void held.delete(first),
    takeReleased() {
      onTheirWay = toRelease;
      toRelease = new Set();
      return [...onTheirWay];
    },
    released() {
      onTheirWay = new Set();
    },
    notReleased() {
      for (const number of onTheirWay) toRelease.add(number);
      onTheirWay = new Set();
    },
  };
}
