import { type Breaker, closeBreaker } from '../../policy/breaker/index.ts';
import type { BreakerStates, FleetBreaker } from '../../ports/index.ts';
import type { BreakerCell } from './breaker-cell.ts';
import { clearTally, type Tally } from './tally.ts';

export interface FollowNeeds {
  readonly now: () => number;
  /** Undefined where nobody here has heard of it and nothing is wrong with it. */
  cellOf(breaker: FleetBreaker): BreakerCell | undefined;
  cells(): Iterable<BreakerCell>;
  refit(cell: BreakerCell): void;
  /** The fleet may not know of it what is known here. */
  mustTell(cell: BreakerCell): void;
  changed(whose: 'own' | 'others', now: number): void;
  /** Nothing is decided of it any more, as the fleet has it; what is recorded may be behind. */
  overrideEnded(): void;
}

/** Keeps the breakers of this process at the fleet's verdicts: by version, so that whatever comes late or twice changes nothing. */
export interface FleetFollower {
  /** `known` is the version that was known when the question was asked whose answer this is; a newer one was brought about by it, or by another. */
  heard(breaker: FleetBreaker, known?: number): void;
  /** It has just changed, as the store tells everybody. */
  changed(breaker: FleetBreaker): void;
  hearAll(states: BreakerStates): Promise<void>;
  /** The fleet can't be heard any more: its last verdicts become this instance's own, with probes of its own. */
  takeOver(): void;
  /** So many instances reported lately. */
  count(instances: number): void;
  readonly instances: number;
}

/** While a breaker is open its callers are silent: fewer are believed only after so long. */
const fewerAfterMs = 600_000;

export function createFleetFollower(needs: FollowNeeds): FleetFollower {
  let instances = 1;
  let countedAt = Number.NEGATIVE_INFINITY;

  function count(counted: number): void {
    const now = needs.now();
    if (counted < instances && now - countedAt < fewerAfterMs) return;
    instances = Math.max(1, counted);
    countedAt = now;
  }

  function heard(breaker: FleetBreaker, known?: number): void {
    const now = needs.now();
    if (breaker.version > (known ?? 0)) needs.changed(known === undefined ? 'others' : 'own', now);
    const cell = needs.cellOf(breaker);
    if (cell) follow(cell, breaker, now, cell.fleet !== undefined || breaker.state !== 'closed');
  }

  /** What was heard of first, and is closed, may have been so for long: then what was counted here is of the same time. */
  function follow(cell: BreakerCell, breaker: FleetBreaker, now: number, isChange: boolean): void {
    const before = cell.fleet;
    const until = now + (breaker.openForMs ?? 0);
    if (before && breaker.version < before.version) return;
    if (before && breaker.version === before.version) {
      // The later an answer comes, the longer it seems to be open: the first to come was nearest.
      if (breaker.state === 'open') cell.fleetUntil = Math.min(cell.fleetUntil, until);
      return;
    }
    cell.fleet = breaker;
    cell.fleetUntil = until;
    if (isChange) beginAnew(cell);
    if (breaker.override === undefined && cell.record?.override !== undefined) needs.overrideEnded();
    needs.refit(cell);
  }

  return {
    heard,
    changed(breaker) {
      const now = needs.now();
      needs.changed('others', now);
      const cell = needs.cellOf(breaker);
      if (cell) follow(cell, breaker, now, true);
    },
    async hearAll(states) {
      const all = await states.readAll();
      count(all.instances);
      const heardOf = new Map(all.breakers.map((breaker) => [breaker.name, breaker.version]));
      for (const breaker of all.breakers) heard(breaker);
      for (const cell of needs.cells()) {
        const version = cell.fleet?.version ?? 0;
        if (version > (heardOf.get(cell.name) ?? 0)) needs.mustTell(cell);
      }
    },
    takeOver() {
      for (const cell of needs.cells()) if (cell.fleet) adopt(cell.own, cell.fleet, cell.fleetUntil, needs.now());
    },
    count,
    get instances() {
      return instances;
    },
  };
}

/** What was counted before a verdict of the fleet is in it. */
function beginAnew(cell: BreakerCell): void {
  cell.era++;
  closeBreaker(cell.own);
  if (cell.tally) clearCounts(cell.tally);
  if (cell.probing) cell.probing.repeats = 0;
}

function clearCounts(tally: Tally): void {
  const { isListed } = tally;
  clearTally(tally);
  tally.isListed = isListed;
  tally.untimed = 0;
}

/** An outage that the fleet knew of goes on as this instance's own; one whose end is not known has ended, so that a probe is let through. */
export function adopt(own: Breaker, fleet: FleetBreaker, until: number, now: number): void {
  const { state, because, openings } = fleet;
  if (state === 'closed' || own.outage !== undefined) return;
  const openForMs = state === 'open' ? Math.max(0, until - now) : 0;
  own.outage = {
    because,
    openings: Math.max(1, openings),
    openForMs,
    until: now + openForMs,
    isHalfOpen: false,
    successes: 0,
    probes: [],
  };
}
