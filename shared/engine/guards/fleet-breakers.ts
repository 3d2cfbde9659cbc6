import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import type { BreakerPresets, BreakerRules, BreakerSpec } from '../../policy/breaker/index.ts';
import type { BreakerStates, GuardRecord, GuardRecords } from '../../ports/index.ts';
import type { Breakers } from '../breakers.ts';
import { createAdmissions } from './admit-call.ts';
import { type BreakerCell, type BreakerHouse, fleetOutage } from './breaker-cell.ts';
import { createCells } from './breaker-cells.ts';
import type { BreakerHandle } from './breaker-handle.ts';
import { createTransitionDrain } from './drain-transitions.ts';
import { adopt, createFleetFollower } from './follow-fleet.ts';
import { createGateBreakers } from './gate-breakers.ts';
import type { TellGuardEvent } from './guard-events.ts';
import type { BreakerView } from './guards.ts';
import { createHotStates } from './hot-states.ts';
import { createGuardModes, type GuardModes } from './mode.ts';
import { createOwnVerdicts } from './own-verdicts.ts';
import { createProbes } from './probes.ts';
import { createRecordedGuards } from './recorded-guards.ts';
import { createReports } from './report-outcomes.ts';
import { viewBreaker } from './view-breaker.ts';

/** The breakers of one instance, whose verdicts the whole fleet shares. */
export interface FleetBreakers extends Breakers {
  /** The one of this name; the same for all that ask. A spec says what it goes by, unless an operator has said otherwise. Throws `guard_invalid`. */
  breaker(name: string, spec?: BreakerSpec): BreakerHandle;
  /** Resolves when the fleet's verdicts have been heard, or after a second. The first `run` of each breaker waits for it by itself. */
  ready(): Promise<void>;
  /** What operators have configured and forced: all of it. */
  configure(records: readonly GuardRecord<BreakerSpec>[]): void;
  views(): readonly BreakerView[];
  /** Somebody has configured it, or overrides it. */
  isDecided(name: string): boolean;
  /** That reported lately, as far as was heard. */
  readonly instances: number;
  readonly modes: GuardModes;
  /** Does what is due, for an instance without calls; nothing is waited for. */
  look(): void;
  /** Tells what is still to be told, and hears nothing more. */
  close(): Promise<void>;
}

export interface FleetBreakersNeeds {
  readonly clock: Clock;
  readonly random: Random;
  /** Absent where there is no hot store. */
  readonly states?: BreakerStates;
  /** Absent where nothing is kept for good. */
  readonly records?: Pick<GuardRecords, 'readAll' | 'lastTransitions' | 'keepTransitions'>;
  /** Its name among the fleet's; no other has it. */
  readonly instance: string;
  /** What a breaker goes by of which nobody has said anything. */
  rulesOf(name: string): BreakerRules;
  readonly presets?: BreakerPresets;
  /** Shared with the other guards; one of its own unless given. */
  readonly modes?: GuardModes;
  report(error: unknown, context: string): void;
  readonly tell: TellGuardEvent;
}

/** Longest that calls wait for the fleet's verdicts when an instance has just begun. */
const hearingMsMost = 1_000;
/** Between two looks at what may be due. */
const lookEveryMs = 250;

export function createFleetBreakers(needs: FleetBreakersNeeds): FleetBreakers {
  const { clock, random, states, records, instance, tell } = needs;
  const now = () => clock.now();
  const chance = () => random.next();
  const hasHot = states !== undefined;
  const hasRecords = records !== undefined;
  const modes = needs.modes ?? createGuardModes({ clock, hasHot, hasRecords, tell });
  const ended = new AbortController();
  let hearing: Promise<void> | undefined;
  let lookAt = Number.NEGATIVE_INFINITY;
  let configurings = 0;

  const house: BreakerHouse = {
    clock,
    chance,
    get hearing() {
      return hearing;
    },
    get isHeard() {
      return hot.isHere;
    },
    look(cell, at) {
      lookAround(at);
      return admissions.look(cell, at);
    },
    askBehind: (cell, at) => admissions.askBehind(cell, at),
    askWaiting: (cell, at) => admissions.askWaiting(cell, at),
    prepare: (cell, at) => admissions.prepare(cell, at),
    settleProbe: (cell, probe, outcome, at, tookMs) => verdicts.settle(cell, probe, outcome, at, tookMs),
    counted(cell, tally, isFailure, at) {
      reports.counted(cell, tally, isFailure);
      lookAround(at);
    },
    opened: (cell, at) => verdicts.opened(cell, at),
    view: (cell) => viewBreaker(cell, hot.isHere, now()),
  };
  const cells = createCells({ house, refit, ...needs });
  const hot = createHotStates({
    states,
    modes,
    clock,
    random,
    hearAll: (from) => follower.hearAll(from),
    onLost() {
      follower.takeOver();
      refitAll();
      void recorded.readForAlone();
    },
    onBack() {
      // What was counted meanwhile is of a time that the fleet knows nothing of; what it knew before is compared.
      reports.beginAnew();
      refitAll();
    },
  });
  const reports = createReports({ hot, instance, now, heard: (...told) => follower.heard(...told), stayed });
  const drain = createTransitionDrain({ hot, records, modes, clock, instance, random, tell });
  const probes = createProbes({ hot, instance, now, heard: (...told) => follower.heard(...told) });
  const verdicts = createOwnVerdicts({ hot, probes, reports, instance, chance, tell, refit });
  const admissions = createAdmissions({
    clock,
    chance,
    hot,
    probes,
    tell,
    groupOf: (cell) => cells.groupOf(cell),
    ownMoved: (cell, from, at) => verdicts.moved(cell, from, at),
    refit,
  });
  const follower = createFleetFollower({
    now,
    cellOf: (breaker) => (breaker.version === 0 ? cells.find(breaker.name) : cells.make(breaker.name)),
    cells: () => cells.all(),
    refit,
    mustTell: (cell) => reports.mustTell(cell),
    changed: (whose, at) => drain.saw(whose, at),
    overrideEnded: () => recorded.readSoon(),
  });
  const recorded = createRecordedGuards({
    records,
    modes,
    clock,
    isShared: () => hot.isHere,
    configure: (all) => cells.configure(all),
    configuredElsewhere: () => configurings,
    adopt(transitions) {
      for (const { name, version, to, because, at, override } of transitions) {
        const cell = cells.make(name);
        if (version <= (cell.fleet?.version ?? 0)) continue;
        const until = Math.min(at, now()) + cell.rules.openMs;
        const known = { name, version, state: to, openings: 1, because, ...(override && { override }) };
        cell.fleet = known;
        cell.fleetUntil = until;
        adopt(cell.own, known, until, now());
        refit(cell);
      }
    },
  });

  /** Its own breaker has opened, and the fleet's did not. */
  function stayed(cell: BreakerCell): void {
    if (cell.own.outage) verdicts.moved(cell, 'closed', now());
  }

  function refit(cell: BreakerCell): void {
    const { own, fleet, record } = cell;
    const isForced = fleet?.override !== undefined || record?.override !== undefined;
    const isFleetClosed = fleetOutage(cell, hot.isHere) === undefined;
    cell.isClear = hearing === undefined && own.outage === undefined && !isForced && isFleetClosed;
  }

  function refitAll(): void {
    for (const cell of cells.all()) refit(cell);
  }

  function lookAround(at: number): void {
    if (at < lookAt && lookAt - at <= lookEveryMs) return;
    lookAt = at + lookEveryMs;
    hot.lookFor(at);
    recorded.readIfDue(at);
    drain.drainIfDue(at);
    probes.giveBack(at);
    reports.reportIfDue(at);
  }

  async function hearFirst(): Promise<void> {
    const heard = new AbortController();
    const all = Promise.all([hot.doubt(), recorded.read()]).then(() => recorded.readForAlone());
    await Promise.race([all, clock.sleep(hearingMsMost, AbortSignal.any([heard.signal, ended.signal]))]);
    heard.abort();
    hearing = undefined;
    refitAll();
  }

  if (hasHot || hasRecords) hearing = hearFirst();
  const unwatch = states?.watch(
    (breaker) => follower.changed(breaker),
    () => void hot.doubt(),
    (instances) => follower.count(instances),
  );

  return {
    ...createGateBreakers({ cells, hot, house, chance }),
    breaker: (name, spec) => cells.hold(name, spec),
    ready: async () => hearing,
    configure(all) {
      configurings++;
      cells.configure(all);
    },
    views: () => Array.from(cells.all(), (cell) => cell.view()),
    isDecided(name) {
      const cell = cells.find(name);
      return cell !== undefined && (cell.record !== undefined || cell.fleet?.override !== undefined);
    },
    get instances() {
      return follower.instances;
    },
    modes,
    look: () => lookAround(now()),
    async close() {
      ended.abort();
      unwatch?.();
      await reports.flush();
    },
  };
}
