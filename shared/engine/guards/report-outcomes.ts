import { rulesNow } from '../../policy/breaker/index.ts';
import type { BreakerReport, FleetBreaker } from '../../ports/index.ts';
import { type BreakerCell, knownAt } from './breaker-cell.ts';
import type { HotStates } from './hot-states.ts';
import { clearTally, forgetOld, openTally, type Tally } from './tally.ts';

/**
 * Tells the fleet what was counted here, off the path of the calls: one report under way at a time, with all breakers in it that have
 * something to tell. A failure that may open a breaker is told with the next tick; all else at most once a second, with the call that
 * finds it due. There is no timer: on an instance that has no processor between requests it would not fire.
 */
export interface Reports {
  counted(cell: BreakerCell, tally: Tally, isFailure: boolean): void;
  /** Its own counts have opened it, or the fleet may not know of it what is known here. */
  mustTell(cell: BreakerCell): void;
  reportIfDue(now: number): void;
  /** The store is there again: what was counted meanwhile is not told, what must be told is. */
  beginAnew(): void;
  /** Waits until all is told. */
  flush(): Promise<void>;
}

export interface ReportsNeeds {
  readonly hot: HotStates;
  readonly instance: string;
  readonly now: () => number;
  heard(breaker: FleetBreaker, known: number): void;
  /** The fleet has heard that it would open by its own counts. */
  stayed(cell: BreakerCell): void;
}

const everyMs = 1_000;
/** Breakers in one report; the rest goes with the next one. */
const breakersMost = 200;

/**
 * A lone failure at a target that fails now and then is paid for from calls and from time: a report for each 40 calls in the long run, and one a
 * second, so that reports stay few beside calls whatever share of them fails.
 */
const creditOfCall = 1 / 40;
const creditOfMs = 1 / 1_000;
const creditMost = 10;

export function createReports({ hot, instance, now, heard, stayed }: ReportsNeeds): Reports {
  const listed = new Set<BreakerCell>();
  /** Of these, those that go first: a breaker may be opened by what they tell. */
  const urgent = new Set<BreakerCell>();
  let credit = creditMost;
  let creditAt = now();
  let isScheduled = false;
  let underWay: Promise<void> | undefined;
  let toldAt = Number.NEGATIVE_INFINITY;

  function list(cell: BreakerCell, tally: Tally): void {
    tally.isListed = true;
    listed.add(cell);
  }

  function hasten(): void {
    if (isScheduled || underWay) return;
    isScheduled = true;
    void Promise.resolve().then(() => {
      isScheduled = false;
      return send();
    });
  }

  function creditWith(calls: number): number {
    const sinceMs = Math.max(0, now() - creditAt);
    return Math.min(creditMost, credit + calls * creditOfCall + sinceMs * creditOfMs);
  }

  /** So many failures in a row that a few more instances like this one would open the breaker are told at any price. */
  function mayOpen({ rules, own }: BreakerCell, { calls }: Tally): boolean {
    const few = rules.failures === 0 ? fewUnlessSaid : Math.ceil(rules.failures / 2);
    return own.failuresInRow >= few || creditWith(calls) >= 1;
  }

  function next(): BreakerCell[] {
    const cells = [...urgent].slice(0, breakersMost);
    for (const cell of listed) {
      if (cells.length === breakersMost) break;
      if (!urgent.has(cell)) cells.push(cell);
    }
    for (const cell of cells) {
      listed.delete(cell);
      urgent.delete(cell);
    }
    return cells;
  }

  function take(): { readonly cells: BreakerCell[]; readonly reports: BreakerReport[] } {
    const price = Number(urgent.size > 0);
    const at = now();
    const cells = next();
    let calls = 0;
    const reports = cells.map((cell) => {
      const tally = cell.tally!;
      forgetOld(tally, cell.rules, at);
      calls += tally.calls;
      const report = reportOf(cell, tally, at);
      clearTally(tally);
      return report;
    });
    credit = Math.max(0, creditWith(calls) - price);
    creditAt = at;
    return { cells, reports };
  }

  function send(): Promise<void> {
    if (!hot.isHere || listed.size === 0) return Promise.resolve();
    underWay ??= sendAll().finally(() => {
      underWay = undefined;
    });
    return underWay;
  }

  async function sendAll(): Promise<void> {
    do {
      const { cells, reports } = take();
      toldAt = now();
      const known = cells.map(({ fleet }) => fleet?.version ?? 0);
      const answer = await hot.ask((states) => states.report(instance, reports));
      if (!answer) return;
      for (const [place, breaker] of answer.entries()) {
        heard(breaker, known[place]!);
        if (reports[place]!.wouldOpen !== undefined) stayed(cells[place]!);
      }
    } while (urgent.size > 0);
  }

  return {
    counted(cell, tally, isFailure) {
      if (!tally.isListed) list(cell, tally);
      if (!isFailure || !hot.isHere || urgent.has(cell) || !mayOpen(cell, tally)) return;
      urgent.add(cell);
      hasten();
    },
    mustTell(cell) {
      cell.tally ??= openTally();
      list(cell, cell.tally);
      urgent.add(cell);
      if (hot.isHere) hasten();
    },
    reportIfDue(at) {
      if (listed.size > 0 && at - toldAt >= everyMs && !underWay) void send();
    },
    beginAnew() {
      for (const cell of listed) {
        clearTally(cell.tally!);
        cell.tally!.isListed = true;
      }
      if (listed.size > 0) hasten();
    },
    async flush() {
      await underWay;
      while (hot.isHere && listed.size > 0) await send();
    },
  };
}

/** Where no run of failures opens it. */
const fewUnlessSaid = 3;

function reportOf(cell: BreakerCell, tally: Tally, now: number): BreakerReport {
  const { name, rules, own } = cell;
  const { calls, failures, slow, failuresInRow, wouldOpen } = tally;
  const known = knownAt(cell, now);
  return {
    name,
    rules: rulesNow(own.window?.past, rules),
    ...(known !== undefined && { known }),
    calls,
    failures,
    slow,
    failuresInRow,
    ...(calls > failures && { succeededAgoMs: Math.max(0, now - tally.succeededAt) }),
    ...(wouldOpen !== undefined && { wouldOpen }),
  };
}
