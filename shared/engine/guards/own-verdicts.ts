import { type BreakerOutcome, type BreakerState, isSlowCall, record, stateOf } from '../../policy/breaker/index.ts';
import type { BreakerCell } from './breaker-cell.ts';
import type { TellGuardEvent } from './guard-events.ts';
import type { HotStates } from './hot-states.ts';
import type { Probes } from './probes.ts';
import type { Reports } from './report-outcomes.ts';
import { openTally } from './tally.ts';

export interface OwnVerdictsNeeds {
  readonly hot: HotStates;
  readonly probes: Probes;
  readonly reports: Reports;
  readonly instance: string;
  readonly chance: () => number;
  readonly tell: TellGuardEvent;
  refit(cell: BreakerCell): void;
}

/** What this instance finds by its own counts, and the probes that it makes. */
export interface OwnVerdicts {
  opened(cell: BreakerCell, now: number): void;
  settle(cell: BreakerCell, probe: number, outcome: BreakerOutcome, now: number, tookMs: number): void;
  /** Tells of a change that is this instance's alone. */
  moved(cell: BreakerCell, from: BreakerState, now: number): void;
}

export function createOwnVerdicts(needs: OwnVerdictsNeeds): OwnVerdicts {
  const { hot, probes, reports, instance, chance, tell, refit } = needs;

  /** Whether it is the whole fleet's, the fleet says; until then nobody here is let through. */
  function opened(cell: BreakerCell, now: number): void {
    cell.tally ??= openTally();
    cell.tally.wouldOpen = cell.own.outage!.because;
    refit(cell);
    if (hot.isHere) reports.mustTell(cell);
    else moved(cell, 'closed', now);
  }

  function settle(cell: BreakerCell, probe: number, outcome: BreakerOutcome, now: number, tookMs: number): void {
    const { own, rules } = cell;
    if (probe > 0) {
      const isSlow = outcome === 'succeeded' && isSlowCall(rules, tookMs);
      void probes.settle(cell, probe, isSlow ? 'failed' : outcome);
      return;
    }
    const from = stateOf(own);
    const before = own.outage;
    record(own, rules, outcome, now, chance, tookMs, -probe);
    if (own.outage !== before) {
      if (own.outage === undefined) cell.era++;
      moved(cell, from, now);
    }
    // The fleet is told of it as of any call.
    if (outcome !== 'unheard' && hot.isHere) cell.count(outcome === 'failed', tookMs, now);
  }

  function moved(cell: BreakerCell, from: BreakerState, now: number): void {
    const { name, own, fleet } = cell;
    const to = stateOf(own);
    if (to === from && to !== 'open') return;
    const because = own.outage?.because ?? 'its probes succeeded';
    const version = fleet?.version ?? 0;
    tell({ kind: 'transition', scope: 'instance', name, version, from, to, because, at: now, instance });
  }

  return { opened, settle, moved };
}
