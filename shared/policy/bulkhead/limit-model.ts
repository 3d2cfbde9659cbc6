/**
 * What is known of a target from windows of calls, and what follows for the limit.
 *
 * The gradient method (Netflix' Gradient2, Envoy's gradient controller): the limit is multiplied by `tolerance` * base / mean, where base is what a call takes
 * when none waits for another. At a target that works on C calls at once the mean is base * limit / C from there on, so the limit settles at
 * `tolerance` * C. All depends on the base. Least latencies are chance where latencies vary (so Vegas starves), a long average creeps up under a load
 * that lasts, and measuring it at hardly any load costs all of the traffic meanwhile. Here it comes from
 *
 * - windows that show no queue: the limit was not reached, or the mean is near the base;
 * - looks: while the limit is in the way, for one window now and then it goes down to what the target should need without any queue;
 * - cuts that did not help: where the limit went down by a third or more and the mean did not follow, calls take longer by themselves. The cut
 *   is taken back. It takes a second, longer window to be sure of that.
 */
export interface LimitModel {
  readonly estimate: number;
  /** 0 until it is known. */
  readonly baseMs: number;
  /** Calls that it rests on. */
  readonly baseCalls: number;
  /** Where the limit began to go down, and the mean there. */
  readonly cutFrom: number;
  readonly cutFromMs: number;
  /** The cut does not seem to help. */
  readonly isUnsure: boolean;
  /** When a look last began or ended, and how long after that is time for the next. */
  readonly lookedAt: number;
  readonly lookAfterMs: number;
  /** The same as long as each look finds what was expected: doubled each time. */
  readonly lookGapMs: number;
}

export interface LimitWindow {
  readonly calls: number;
  readonly droppedShare: number;
  /** Undefined where all were dropped. */
  readonly meanMs: number | undefined;
  readonly isUsed: boolean;
  readonly isLooking: boolean;
  /** The limit can't grow. */
  readonly isAtMost: boolean;
}

export type Learnt =
  | { readonly kind: 'goes_on'; readonly model: LimitModel }
  | { readonly kind: 'look'; readonly model: LimitModel }
  /** The window is to go on until it is longer. */
  | { readonly kind: 'unsure'; readonly model: LimitModel };

/** Half as much again as the target needs is queue enough to keep it busy while latencies vary, and costs half a base latency. */
const tolerance = 1.5;
/** What small limits need beyond that: chance weighs more there. */
const headroomOf = (estimate: number): number => 0.4 * Math.sqrt(estimate);
/** A look leaves four fifths of what the target is believed to need, so that a base that is too high by as much is found out. */
export const lookDepth = 0.8 / tolerance;
const lookGap = { leastMs: 12_000, mostMs: 60_000 };
/** A look costs a fifth of the calls while it lasts: at most one part in 25 of the time, and mostly far less. */
const lookRest = 25;
/** Three turns of the limit, within what averages enough and does not take too long. */
const callsWanted = { first: 100, least: 50, most: 300, turns: 3, turnsOfLook: 1.5, ifUnsure: 3 };
/** The base is an average over so many calls. Until half as many are in, every window counts. */
const baseCallsMost = 600;
/** Up to here a mean shows no queue. */
const nearBase = 1.2;
const cutShare = 0.62;

export function beginModel(estimate: number): LimitModel {
  const look = { lookedAt: 0, lookAfterMs: 0, lookGapMs: lookGap.leastMs };
  return { estimate, baseMs: 0, baseCalls: 0, cutFrom: estimate, cutFromMs: 0, isUnsure: false, ...look };
}

/** After how many calls a window is closed. */
export function windowCalls(model: LimitModel, isLooking: boolean, limit: number): number {
  const { first, least, most, turns, turnsOfLook, ifUnsure } = callsWanted;
  if (model.baseMs === 0) return first;
  const wanted = Math.min(most, Math.max(least, limit * (isLooking ? turnsOfLook : turns)));
  return model.isUnsure ? wanted * ifUnsure : wanted;
}

export function learn(before: LimitModel, window: LimitWindow, now: number): Learnt {
  const { meanMs, isUsed, isLooking, isAtMost } = window;
  if (meanMs === undefined) return goesOn(isUsed ? resize(before, window, 0) : before);
  const model = measureBase(before, window, meanMs);
  if (isLooking) return goesOn(afterLook(model, before.baseMs, meanMs, now));
  if (!isUsed) return goesOn({ ...model, isUnsure: false });
  const cut = judgeCut(model, meanMs);
  if (cut.kind === 'unsure') return cut;
  if (cut.kind === 'taken_back') return goesOn(cut.model);
  // Where no queue shows the limit grows until one does, and if it can't there may be one that was there from the start.
  if (meanMs <= nearBase * model.baseMs && !isAtMost) return goesOn(resize(cut.model, window, meanMs));
  if (isTimeToLook(model, now)) return { kind: 'look', model: { ...cut.model, lookedAt: now } };
  return goesOn(resize(beginLooks(cut.model, now), window, meanMs));
}

function goesOn(model: LimitModel): Learnt {
  return { kind: 'goes_on', model };
}

function measureBase(model: LimitModel, { calls, isUsed, isLooking }: LimitWindow, meanMs: number): LimitModel {
  const { baseMs, baseCalls } = model;
  const isYoung = baseCalls < baseCallsMost / 2;
  if (isUsed && !isLooking && !isYoung && meanMs >= nearBase * baseMs) return model;
  const weight = calls / (calls + Math.min(baseCalls, baseCallsMost));
  return { ...model, baseMs: baseMs + (meanMs - baseMs) * weight, baseCalls: baseCalls + calls };
}

/** The step of the gradient: by half at most in either direction. Who is refused by the target wants no more of it. */
function resize(model: LimitModel, { droppedShare }: LimitWindow, meanMs: number): LimitModel {
  const { estimate, baseMs } = model;
  const gradient = meanMs === 0 ? 1 : Math.min(1.5, (tolerance * baseMs) / meanMs);
  const resized = estimate * Math.max(0.5, gradient * (1 - droppedShare));
  return { ...model, estimate: droppedShare > 0 ? resized : resized + headroomOf(estimate), isUnsure: false };
}

/** Whether the cuts since the limit was highest have helped: with a queue the mean goes down with the limit, without one it stays. */
function judgeCut(
  model: LimitModel,
  meanMs: number,
): Learnt | { readonly kind: 'taken_back'; readonly model: LimitModel } {
  const { estimate, cutFrom, cutFromMs, isUnsure } = model;
  const fromHere = { ...model, cutFrom: estimate, cutFromMs: meanMs, isUnsure: false };
  if (estimate >= cutFrom || meanMs > 1.05 * cutFromMs) return { kind: 'goes_on', model: fromHere };
  if (estimate > cutShare * cutFrom) return { kind: 'goes_on', model };
  const hasHelped = meanMs / cutFromMs <= (1 + estimate / cutFrom) / 2;
  if (hasHelped) return { kind: 'goes_on', model: fromHere };
  if (!isUnsure) return { kind: 'unsure', model: { ...model, isUnsure: true } };
  return { kind: 'taken_back', model: { ...fromHere, baseMs: meanMs, estimate: cutFrom, cutFrom } };
}

function isTimeToLook({ lookedAt, lookAfterMs }: LimitModel, now: number): boolean {
  return lookAfterMs > 0 && (now >= lookedAt + lookAfterMs || now < lookedAt);
}

/** The first look comes a while after the limit is first in the way. */
function beginLooks(model: LimitModel, now: number): LimitModel {
  return model.lookAfterMs > 0 ? model : { ...model, lookedAt: now, lookAfterMs: model.lookGapMs };
}

/** A look at a limit that others have a say in, and that did not go down for it: nothing is known by it. */
export function notHeeded(model: LimitModel, now: number): Learnt {
  return goesOn({ ...model, lookedAt: now, lookAfterMs: lookGap.mostMs });
}

/** As expected: the next look may wait. Less: the base was too high, and may be still. More: calls take longer now. */
function afterLook(model: LimitModel, expectedMs: number, meanMs: number, now: number): LimitModel {
  const found = meanMs / expectedMs;
  const lookedForMs = Math.max(0, now - model.lookedAt);
  if (found <= 0.88)
    return { ...model, baseMs: meanMs, estimate: model.estimate * found, lookedAt: now, lookAfterMs: 1 };
  const isExpected = found < nearBase;
  const lookGapMs = isExpected ? Math.min(lookGap.mostMs, 2 * model.lookGapMs) : lookGap.leastMs;
  const lookAfterMs = Math.max(lookGapMs, lookRest * lookedForMs);
  const baseMs = isExpected ? model.baseMs : (meanMs + expectedMs) / 2;
  return { ...model, baseMs, lookedAt: now, lookAfterMs, lookGapMs };
}
