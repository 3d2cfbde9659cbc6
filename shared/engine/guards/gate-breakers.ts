import { type Admission, retryAtOf } from '../../policy/breaker/index.ts';
import type { Breakers } from '../breakers.ts';
import { type BreakerCell, type BreakerHouse, fleetOutage } from './breaker-cell.ts';
import type { Cells } from './breaker-cells.ts';
import type { HotStates } from './hot-states.ts';

export interface GateBreakersNeeds {
  readonly cells: Cells;
  readonly hot: HotStates;
  readonly house: BreakerHouse;
  readonly chance: () => number;
}

const admitted: Admission = { kind: 'admitted' };

/** The breakers as the engine's gate asks them: by target, within a commit, without a wait and without a pass to carry. */
export function createGateBreakers({ cells, hot, house, chance }: GateBreakersNeeds): Breakers {
  /** Calls of a time in which it isn't closed say nothing, but for probes. */
  function counts(cell: BreakerCell, now: number): boolean {
    if (cell.isClear) return true;
    return !fleetOutage(cell, hot.isHere) && cell.overrideAt(now)?.kind !== 'disabled';
  }

  function retryAtFor(cell: BreakerCell, now: number): number | undefined {
    const override = cell.overrideAt(now);
    if (override?.kind === 'forced_open') return override.until ?? now + cell.rules.openMs;
    if (override !== undefined) return undefined;
    const { fleetUntil, rules } = cell;
    const outage = fleetOutage(cell, hot.isHere);
    if (!outage) return retryAtOf(cell.own, rules, now, chance);
    return outage.state === 'open' && now < fleetUntil ? fleetUntil + chance() * rules.spreadMs : undefined;
  }

  return {
    admit(target, now) {
      const cell = cells.find(target);
      if (cell === undefined || cell.isClear) return admitted;
      const looked = house.look(cell, now);
      const verdict = looked === 'ask' ? house.askBehind(cell, now) : looked;
      if (verdict.kind === 'refused') return { kind: 'refused', retryAt: verdict.retryAt };
      return verdict.probe === undefined ? admitted : { kind: 'admitted', probe: verdict.probe };
    },
    prepare(target, now) {
      const cell = cells.find(target);
      return cell === undefined || cell.isClear ? undefined : house.prepare(cell, now);
    },
    record(target, outcome, now, probe, tookMs = 0) {
      const cell = outcome === 'unheard' ? cells.find(target) : cells.make(target);
      if (cell === undefined) return undefined;
      if (probe !== undefined) house.settleProbe(cell, probe, outcome, now, tookMs);
      else if (outcome !== 'unheard' && counts(cell, now)) cell.count(outcome === 'failed', tookMs, now);
      return cell.isClear ? undefined : retryAtFor(cell, now);
    },
  };
}
