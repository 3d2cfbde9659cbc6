import type { Clock } from '../../core/clock.ts';
import {
  type Breaker,
  type BreakerOutcome,
  type BreakerRules,
  type BreakerSpec,
  type Classify,
  countSuccessesOf,
  createBreaker,
  type EndedCall,
  inForce,
  isSlowCall,
  type Override,
  outcomeOf,
  record,
  recordUnder,
} from '../../policy/breaker/index.ts';
import type { FleetBreaker, GuardRecord } from '../../ports/index.ts';
import type { BreakerHandle, BreakerPass, BreakerRefusal } from './breaker-handle.ts';
import type { BreakerView } from './guards.ts';
import type { ProbeState } from './probes.ts';
import type { Guarded } from './refusal.ts';
import {
  type CellPass,
  closeTally,
  forgetOld,
  isClose,
  isTimed,
  openTally,
  skipSome,
  type Tally,
  type UntimedEnds,
} from './tally.ts';

/** What the breakers of one process share: whatever is not done on every call. */
export interface BreakerHouse {
  readonly clock: Clock;
  readonly chance: () => number;
  /** Undefined once the fleet's verdicts have been heard, or waited for in vain. */
  readonly hearing: Promise<void> | undefined;
  /** The fleet's verdicts can be heard now. */
  readonly isHeard: boolean;
  /** A call wants to be made at a breaker that is not simply closed; `ask` where only the fleet can say. */
  look(cell: BreakerCell, now: number): CellPass | BreakerRefusal | 'ask';
  /** Of the fleet: asks behind the answer, or waits for what it says. */
  askBehind(cell: BreakerCell, now: number): CellPass | BreakerRefusal;
  askWaiting(cell: BreakerCell, now: number): Promise<CellPass | BreakerRefusal>;
  /** Where leave for a probe has to be asked for: resolves when that was answered. */
  prepare(cell: BreakerCell, now: number): Promise<void> | undefined;
  settleProbe(cell: BreakerCell, probe: number, outcome: BreakerOutcome, now: number, tookMs: number): void;
  /** A call was counted; now and then something is due. */
  counted(cell: BreakerCell, tally: Tally, isFailure: boolean, now: number): void;
  /** Its own counts have just opened it. */
  opened(cell: BreakerCell, now: number): void;
  view(cell: BreakerCell): BreakerView;
}

/**
 * One breaker of this process. The path of a call through a closed one is all here: a flag is read, the call is made, its outcome is
 * counted. There is no promise but that of `run`, no trip and no lock; what a call makes due is begun behind it. A class, since there are many of
 * them and each must be small.
 */
export class BreakerCell implements BreakerHandle {
  readonly name: string;
  readonly house: BreakerHouse;
  rules: BreakerRules;
  /** Nothing stands in the way of a call, and nothing is to be looked at before one. */
  isClear = false;
  /** Changes with each verdict of the fleet, and when its own outage ends. */
  era = 0;
  /** This instance's own verdict. */
  readonly own: Breaker = createBreaker();
  /** The fleet's verdict with the greatest version that was heard, and when the time that it is open for is over, by the clock here. */
  fleet: FleetBreaker | undefined = undefined;
  fleetUntil = 0;
  /** Since the first call. */
  tally: Tally | undefined = undefined;
  /** Since the first refusal. */
  probing: ProbeState | undefined = undefined;
  /** What the program says of it: it has it in the hand, so that it is never forgotten. And what operators say of it. */
  said: BreakerSpec | undefined = undefined;
  record: GuardRecord<BreakerSpec> | undefined = undefined;

  constructor(name: string, rules: BreakerRules, house: BreakerHouse) {
    this.name = name;
    this.rules = rules;
    this.house = house;
  }

  tryAcquire(): BreakerPass | BreakerRefusal {
    if (this.isClear) return this.passNow();
    const { house } = this;
    const again = this.refusedAgain();
    if (again !== undefined) return again;
    const now = house.clock.now();
    const verdict = house.look(this, now);
    return verdict === 'ask' ? house.askBehind(this, now) : verdict;
  }

  passNow(): CellPass {
    const tally = this.tally ?? this.openTally();
    if (tally.pass.era !== this.era) tally.pass = { kind: 'pass', probe: undefined, era: this.era };
    return tally.pass;
  }

  succeeded(pass: BreakerPass, durationMs = 0): void {
    this.tell(pass as CellPass, 'succeeded', durationMs, this.house.clock.now());
  }

  failed(pass: BreakerPass, durationMs = 0): void {
    this.tell(pass as CellPass, 'failed', durationMs, this.house.clock.now());
  }

  ignored(pass: BreakerPass): void {
    if (pass.probe !== undefined) this.tell(pass as CellPass, 'unheard', 0, this.house.clock.now());
  }

  run<Value>(call: () => Promise<Value> | Value, classify?: Classify): Promise<Guarded<Value>> {
    if (!this.isClear) return this.runGuarded(call, classify);
    const { tally } = this;
    if (tally !== undefined && classify === undefined && !isTimed(tally)) return this.runUntimed(call, tally);
    return this.runTimed(call, classify, this.passNow());
  }

  view(): BreakerView {
    const { tally } = this;
    if (tally !== undefined && tally.untimed > 0) this.countUntimed(tally, tally.tookMs, this.house.clock.now());
    return this.house.view(this);
  }

  /** What an operator decided, as the fleet heard it or, where it didn't, as it was recorded; and as that says while the fleet can't be heard. */
  overrideAt(now: number): Override | undefined {
    const { fleet, record, house } = this;
    const isNewer = record !== undefined && fleet !== undefined && record.changedAt > fleet.version;
    return inForce(isNewer && !house.isHeard ? record.override : (fleet?.override ?? record?.override), now);
  }

  /** What became of a call. */
  tell(pass: CellPass, outcome: BreakerOutcome, tookMs: number, now: number): void {
    if (pass.probe !== undefined) this.house.settleProbe(this, pass.probe, outcome, now, tookMs);
    else if (pass.era === this.era && outcome !== 'unheard') this.count(outcome === 'failed', tookMs, now);
  }

  count(isFailure: boolean, tookMs: number, now: number): void {
    const tally = this.tally ?? this.openTally();
    if (tally.untimed > 0) this.countUntimed(tally, tookMs, now);
    this.countOne(tally, isFailure, tookMs, now);
    this.house.counted(this, tally, isFailure, now);
  }

  /** Those that were not timed ended, and took as long, as the last that was; where the succession is over, as the call that finds it so. */
  private countUntimed(tally: Tally, tookMs: number, now: number): void {
    const { own, rules } = this;
    const { untimed } = tally;
    const wasClose = isClose(tally, now);
    const at = wasClose ? tally.timedAt : now;
    const isSlow = isSlowCall(rules, wasClose ? tally.tookMs : tookMs);
    forgetOld(tally, rules, at);
    tally.untimed = 0;
    tally.calls += untimed;
    tally.failuresInRow = 0;
    tally.succeededAt = at;
    tally.countedAt = at;
    if (isSlow) tally.slow += untimed;
    if (own.outage === undefined) countSuccessesOf(own, rules, untimed, isSlow, at);
  }

  private countOne(tally: Tally, isFailure: boolean, tookMs: number, now: number): void {
    const { own, rules } = this;
    forgetOld(tally, rules, now);
    tally.countedAt = now;
    tally.calls++;
    if (isFailure) tally.failures++;
    tally.failuresInRow = isFailure ? tally.failuresInRow + 1 : 0;
    if (!isFailure) tally.succeededAt = now;
    if (isSlowCall(rules, tookMs)) tally.slow++;
    const override = this.isClear ? undefined : this.overrideAt(now);
    const outcome = isFailure ? 'failed' : 'succeeded';
    if (override !== undefined) return recordUnder(override, own, rules, outcome, now, this.house.chance, tookMs);
    if (own.outage !== undefined) return;
    record(own, rules, outcome, now, this.house.chance, tookMs);
    if (own.outage !== undefined) this.house.opened(this, now);
  }

  private async runTimed<Value>(
    call: () => Promise<Value> | Value,
    classify: Classify | undefined,
    pass: CellPass,
  ): Promise<Guarded<Value>> {
    const { clock } = this.house;
    const began = clock.now();
    let value: Value;
    try {
      value = await call();
    } catch (thrown) {
      this.ended(pass, { kind: 'threw', error: thrown, tookMs: clock.now() - began }, began, classify);
      throw thrown;
    }
    this.ended(pass, { kind: 'returned', value, tookMs: clock.now() - began }, began, classify);
    return { kind: 'succeeded', value };
  }

  private ended(pass: CellPass, call: EndedCall, began: number, classify: Classify | undefined): void {
    const now = began + call.tookMs;
    this.tell(pass, outcomeOf(call, classify), call.tookMs, now);
    const tally = this.tally ?? this.openTally();
    closeTally(tally, call.tookMs, now);
    skipSome(tally, this.own.window?.calls ?? 0, this.rules, this.house.chance);
  }

  /** Without a promise, a closure or a look at the clock of its own. */
  private runUntimed<Value>(call: () => Promise<Value> | Value, tally: Tally): Promise<Guarded<Value>> {
    const ends = tally.ends?.era === this.era ? tally.ends : this.makeEnds(tally);
    let made: Promise<Value> | Value;
    try {
      made = call();
    } catch (thrown) {
      made = Promise.reject(thrown);
    }
    return Promise.resolve(made).then(ends.succeeded as (value: Value) => Guarded<Value>, ends.failed);
  }

  private makeEnds(tally: Tally): UntimedEnds {
    const pass = this.passNow();
    tally.ends = {
      era: pass.era,
      succeeded: (value) => {
        if (pass.era === this.era) tally.untimed++;
        return { kind: 'succeeded', value };
      },
      failed: (error) => {
        const { tookMs } = tally;
        const now = this.house.clock.now();
        this.tell(pass, outcomeOf({ kind: 'threw', error, tookMs }), tookMs, now);
        if (!isClose(tally, now)) closeTally(tally, tookMs, now);
        throw error;
      },
    };
    return tally.ends;
  }

  private openTally(): Tally {
    this.tally = openTally();
    return this.tally;
  }

  private runGuarded<Value>(
    call: () => Promise<Value> | Value,
    classify: Classify | undefined,
  ): Promise<Guarded<Value>> {
    const { house } = this;
    if (house.hearing !== undefined) return this.runWaiting(call, classify);
    const verdict = this.refusedAgain() ?? house.look(this, house.clock.now());
    if (verdict === 'ask') return this.runWaiting(call, classify);
    return verdict.kind === 'refused' ? Promise.resolve(verdict) : this.runTimed(call, classify, verdict);
  }

  private async runWaiting<Value>(
    call: () => Promise<Value> | Value,
    classify: Classify | undefined,
  ): Promise<Guarded<Value>> {
    const { house } = this;
    if (house.hearing !== undefined) await house.hearing;
    const now = house.clock.now();
    const verdict = house.look(this, now);
    const answer = verdict === 'ask' ? await house.askWaiting(this, now) : verdict;
    return answer.kind === 'refused' ? answer : this.runTimed(call, classify, answer);
  }

  /** Where refusals follow each other closely, some are those of the one before. */
  private refusedAgain(): BreakerRefusal | undefined {
    const { probing } = this;
    if (probing === undefined || probing.repeats === 0) return undefined;
    probing.repeats--;
    probing.refusals++;
    return probing.refusal;
  }
}

/** The fleet's verdict, where the fleet can be heard and stops calls. */
export function fleetOutage({ fleet }: BreakerCell, isHere: boolean): FleetBreaker | undefined {
  return isHere && fleet?.state !== 'closed' ? fleet : undefined;
}

/** What is known of the fleet's verdict, as others are to be told it. */
export function knownAt({ fleet, fleetUntil }: BreakerCell, now: number): FleetBreaker | undefined {
  if (fleet === undefined || fleet.version === 0) return undefined;
  return fleet.state === 'open' ? { ...fleet, openForMs: Math.max(0, Math.ceil(fleetUntil - now)) } : fleet;
}
