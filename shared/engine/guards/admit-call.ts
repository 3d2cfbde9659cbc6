import type { Clock } from '../../core/clock.ts';
import { admit, admitUnder, type BreakerState, type Override, panics, stateOf } from '../../policy/breaker/index.ts';
import { type BreakerCell, type BreakerHouse, fleetOutage } from './breaker-cell.ts';
import type { BreakerRefusal } from './breaker-handle.ts';
import type { TellGuardEvent } from './guard-events.ts';
import type { HotStates } from './hot-states.ts';
import { judgeProbe, type Probes, probingOf } from './probes.ts';
import { type CellPass, uncounted } from './tally.ts';

export interface AdmissionNeeds {
  readonly clock: Clock;
  readonly chance: () => number;
  readonly hot: HotStates;
  readonly probes: Probes;
  readonly tell: TellGuardEvent;
  groupOf(cell: BreakerCell): Iterable<BreakerCell>;
  /** This instance's own verdict has changed. */
  ownMoved(cell: BreakerCell, from: BreakerState, now: number): void;
  refit(cell: BreakerCell): void;
}

/**
 * Whether a call may be made at a breaker that is not simply closed. First what an operator decided, then the fleet's verdict while the fleet
 * can be heard, then this instance's own: where the fleet's breaker is closed and its own open, the fault is here.
 */
export function createAdmissions(
  needs: AdmissionNeeds,
): Pick<BreakerHouse, 'look' | 'askBehind' | 'askWaiting' | 'prepare'> {
  const { clock, chance, hot, probes } = needs;

  function look(cell: BreakerCell, at: number): CellPass | BreakerRefusal | 'ask' {
    const override = cell.overrideAt(at);
    if (override === undefined || override.kind === 'shadow') return judge(cell, at, override);
    if (override.kind === 'disabled') return uncounted;
    const admission = admitUnder(override, cell.own, cell.rules, at, chance);
    if (admission.kind === 'admitted') return cell.passNow();
    const because = `${override.by} has forced it open: ${override.reason}`;
    return refuse(cell, at, admission.retryAt, 'fleet', because);
  }

  function judge(cell: BreakerCell, at: number, override: Override | undefined): CellPass | BreakerRefusal | 'ask' {
    const outage = fleetOutage(cell, hot.isHere);
    if (!outage) return judgeOwn(cell, at, override);
    const verdict = judgeProbe(cell, at, chance);
    if (verdict.kind === 'probe') return { kind: 'pass', probe: verdict.probe, era: cell.era };
    if (verdict.kind === 'ask') return 'ask';
    return isLenient(cell, override) ? uncounted : refuse(cell, at, verdict.until, 'fleet', outage.because);
  }

  function judgeOwn(cell: BreakerCell, at: number, override: Override | undefined): CellPass | BreakerRefusal {
    const { own, rules } = cell;
    const from = stateOf(own);
    const because = own.outage?.because ?? '';
    const admission = admit(own, rules, at, chance);
    if (admission.kind === 'refused') {
      return isLenient(cell, override) ? uncounted : refuse(cell, at, admission.retryAt, 'instance', because);
    }
    if (admission.probe === undefined) {
      needs.refit(cell);
      return cell.passNow();
    }
    needs.ownMoved(cell, from, at);
    return { kind: 'pass', probe: -admission.probe, era: cell.era };
  }

  /** It counts and does not refuse: in shadow, and where so many of its group are open that the fault is hardly with the targets. */
  function isLenient(cell: BreakerCell, override: Override | undefined): boolean {
    if (override?.kind === 'shadow') return true;
    const { group, panicFloor } = cell.rules;
    if (group === undefined || panicFloor === undefined) return false;
    return panics(Array.from(needs.groupOf(cell), verdictOf), panicFloor);
  }

  function refuse(
    cell: BreakerCell,
    at: number,
    retryAt: number,
    scope: BreakerRefusal['scope'],
    because: string,
  ): BreakerRefusal {
    const { name } = cell;
    const message = `the breaker \`${name}\` is open: ${because}`;
    const refusal: BreakerRefusal = { kind: 'refused', because: 'breakerOpen', name, retryAt, message, scope };
    countRefusal(cell, refusal, at);
    return refusal;
  }

  function countRefusal(cell: BreakerCell, refusal: BreakerRefusal, at: number): void {
    const probing = probingOf(cell);
    const isClose = at - probing.refusedAt < closeMs;
    probing.streak = isClose ? probing.streak + 1 : 0;
    probing.repeats = probing.streak >= streakLeast ? repeatsMost : 0;
    probing.refusedAt = at;
    probing.refusal = refusal;
    probing.refusals++;
    if (at - probing.toldAt < tellEveryMs) return;
    needs.tell({
      kind: 'rejection',
      guard: 'breaker',
      name: cell.name,
      count: probing.refusals,
      because: refusal.message,
      at,
    });
    probing.refusals = 0;
    probing.toldAt = at;
  }

  function askBehind(cell: BreakerCell, at: number): CellPass | BreakerRefusal {
    const { fleet } = cell;
    const isLet = isLenient(cell, cell.overrideAt(at));
    void probes.ask(cell);
    return isLet ? uncounted : refuse(cell, at, at + soonMs * (1 + chance()), 'fleet', fleet?.because ?? '');
  }

  /** What comes later is kept for the next caller. */
  async function askFor(cell: BreakerCell): Promise<void> {
    const answered = new AbortController();
    await Promise.race([probes.ask(cell), clock.sleep(answerMsMost, answered.signal)]);
    answered.abort();
  }

  return {
    look,
    askBehind,
    prepare(cell, at) {
      const override = cell.overrideAt(at);
      const { fleetUntil, probing } = cell;
      const outage = fleetOutage(cell, hot.isHere);
      if (override !== undefined && override.kind !== 'shadow') return undefined;
      if (!outage || (outage.state === 'open' && at < fleetUntil)) return undefined;
      if (probing?.asking !== undefined) return probing.asking;
      if (probing?.granted !== undefined && at < probing.grantedUntil) return void probes.keep(cell, at);
      return at < (probing?.askAt ?? 0) ? undefined : probes.ask(cell);
    },
    async askWaiting(cell, at) {
      if (isLenient(cell, cell.overrideAt(at))) return askBehind(cell, at);
      await askFor(cell);
      const later = clock.now();
      const answered = look(cell, later);
      if (answered !== 'ask') return answered;
      return refuse(cell, later, later + soonMs * (1 + chance()), 'fleet', cell.fleet?.because ?? '');
    },
  };
}

const tellEveryMs = 1_000;
/** Longest that a call waits for leave to be a probe: a store that does not answer is not worth more. */
const answerMsMost = 100;
/** Who asks for a probe without waiting comes back after about this. */
const soonMs = 25;

/** To look at the clock costs more than to refuse: where refusals follow each other closely, three of four are those of the one before. */
const streakLeast = 256;
const repeatsMost = 3;
const closeMs = 0.04;

function verdictOf({ fleet, own }: BreakerCell): BreakerState {
  return fleet !== undefined && fleet.state !== 'closed' ? fleet.state : stateOf(own);
}
