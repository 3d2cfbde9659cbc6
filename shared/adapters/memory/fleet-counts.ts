import type { BreakerRules, CallCounts } from '../../policy/breaker/index.ts';

/** What a fleet has counted at one breaker: of each instance the calls in the window, and the failures since anybody's last success. */
export interface FleetCounts {
  /** The window that they were counted by; with another one they begin anew. */
  readonly shape: string;
  /** One more with each success that is reported: it ends the runs of all. */
  run: number;
  /** When the first failure of the run was told, where there is one. */
  runAt?: number;
  /** All that were ever counted: what a window of calls moves on by. */
  counted: number;
  /** That was counted in last. */
  slot: number;
  readonly instances: Map<string, InstanceCounts>;
}

interface InstanceCounts {
  run: number;
  row: number;
  /** The slot in which it last said that it would open the breaker. */
  would?: number;
  slots: readonly Slot[];
}

interface Slot extends Reported {
  readonly slot: number;
}

type Reported = Omit<CallCounts, 'failuresInRow'>;

/** A window is cut into ten slots, and slides on by one of them: by time, or by calls where it is one of calls. */
const slotsOfWindow = 10;

export function addReport(
  before: FleetCounts | undefined,
  instance: string,
  reported: CallCounts & { readonly succeededAgoMs?: number },
  wouldOpen: boolean,
  rules: BreakerRules,
  now: number,
): FleetCounts {
  const shape = shapeOf(rules);
  const counts: FleetCounts =
    before?.shape === shape ? before : { shape, run: 0, counted: 0, slot: 0, instances: new Map() };
  const slot = slotOf(counts, rules, now);
  counts.slot = slot;
  const one = counts.instances.get(instance) ?? { run: counts.run, row: 0, slots: [] };
  if (one.run !== counts.run) one.row = 0;
  if (reported.calls > reported.failures) {
    one.row = 0;
    endRun(counts, reported.succeededAgoMs, now);
  }
  one.run = counts.run;
  one.row += reported.failuresInRow;
  if (reported.failuresInRow > 0) counts.runAt ??= now;
  one.slots = addToSlot(held(one.slots, slot), slot, reported);
  delete one.would;
  if (wouldOpen) one.would = slot;
  counts.counted += reported.calls;
  counts.instances.set(instance, one);
  return counts;
}

function endRun(counts: FleetCounts, succeededAgoMs: number | undefined, now: number): void {
  const { runAt } = counts;
  if (runAt !== undefined && succeededAgoMs !== undefined && now - succeededAgoMs <= runAt) return;
  counts.run++;
  delete counts.runAt;
}

export interface CountedInstance extends CallCounts {
  readonly wouldOpen: boolean;
}

/** Of the instances that have anything in the window or in their run; others are dropped. */
export function instancesOf(counts: FleetCounts): CountedInstance[] {
  const { slot } = counts;
  const found: CountedInstance[] = [];
  for (const [name, one] of counts.instances) {
    const failuresInRow = one.run === counts.run ? one.row : 0;
    const sum = sumOf(held(one.slots, slot));
    const wouldOpen = one.would !== undefined && one.would > slot - slotsOfWindow;
    if (sum.calls > 0 || failuresInRow > 0) found.push({ ...sum, failuresInRow, wouldOpen });
    else counts.instances.delete(name);
  }
  return found;
}

function shapeOf({ window }: BreakerRules): string {
  return window.kind === 'time' ? `time ${window.ms}` : `count ${window.calls}`;
}

function slotOf({ counted }: FleetCounts, { window }: BreakerRules, now: number): number {
  if (window.kind === 'time') return Math.floor(now / (window.ms / slotsOfWindow));
  return Math.floor((counted * slotsOfWindow) / window.calls);
}

/** One from a time to come is of a clock that was set back: it is held for as long as the others. */
function held(slots: readonly Slot[], now: number): readonly Slot[] {
  return slots.filter(({ slot }) => Math.abs(now - slot) < slotsOfWindow);
}

function addToSlot(slots: readonly Slot[], slot: number, { calls, failures, slow }: Reported): readonly Slot[] {
  const last = slots.at(-1);
  if (last?.slot !== slot) return [...slots, { slot, calls, failures, slow }];
  const sum = { slot, calls: last.calls + calls, failures: last.failures + failures, slow: last.slow + slow };
  return [...slots.slice(0, -1), sum];
}

function sumOf(slots: readonly Slot[]): Reported {
  const sum = { calls: 0, failures: 0, slow: 0 };
  for (const { calls, failures, slow } of slots) {
    sum.calls += calls;
    sum.failures += failures;
    sum.slow += slow;
  }
  return sum;
}
