import { beginModel, type LimitModel, learn, lookDepth, notHeeded, windowCalls } from './limit-model.ts';
import type { LimitBounds } from './spec.ts';

/**
 * A limit that follows measured latency: as many calls at once as the target can work on, and half as many again. Plain data; times are given.
 * Each window of calls is judged as a whole (`limit-model.ts`), so that latencies that vary by nature, exponential ones too, are averaged before they are
 * compared. It is always within its bounds, and changes only by windows in which it was nearly reached: idle time moves nothing.
 */
export interface AdaptiveLimit {
  readonly bounds: LimitBounds;
  readonly model: LimitModel;
  /** A look: for one window the limit is as low as the target should need, to see what a call takes where none waits for another. */
  readonly isLooking: boolean;
  /** Calls that end in the first `restMs` since then tell of another limit. */
  readonly changedAt: number;
  readonly restMs: number;
  /** Of the window that goes on. */
  readonly calls: number;
  readonly dropped: number;
  /** Of those that were not dropped. */
  readonly sumMs: number;
  readonly isUsed: boolean;
}

export interface EndedCall {
  readonly latencyMs: number;
  /** Under way when it ended, itself included: in the whole fleet, where the limit is the fleet's. */
  readonly inFlight: number;
  /** The target was too busy for it: a timeout, a 429. */
  readonly dropped: boolean;
  /** The limit in force, where others have a say in it; `limitOf` unless said. Each step begins there. */
  readonly limit?: number;
}

/** Nothing is known yet: the limit is `begin` until the first window has ended. */
export function beginLimit(bounds: LimitBounds, begin: number): AdaptiveLimit {
  return { bounds, model: beginModel(begin), isLooking: false, changedAt: 0, restMs: 0, ...emptyWindow };
}

const emptyWindow = { calls: 0, dropped: 0, sumMs: 0, isUsed: false } as const;

/** How many calls may be under way now. */
export function limitOf({ bounds, model, isLooking }: AdaptiveLimit): number {
  return Math.round(within(bounds, isLooking ? model.estimate * lookDepth : model.estimate));
}

/** The limit after a call has ended. */
export function observe(limit: AdaptiveLimit, call: EndedCall, now: number): AdaptiveLimit {
  if (!Number.isFinite(call.latencyMs) || call.latencyMs < 0) return limit;
  if (now >= limit.changedAt && now < limit.changedAt + limit.restMs) return limit;
  const { model, isLooking } = limit;
  const inForce = call.limit ?? limitOf(limit);
  const counted: AdaptiveLimit = {
    ...limit,
    isUsed: limit.isUsed || call.inFlight >= usedShare * inForce,
    calls: limit.calls + 1,
    dropped: limit.dropped + Number(call.dropped),
    sumMs: limit.sumMs + (call.dropped ? 0 : Math.min(call.latencyMs, latencyMsMost(model))),
  };
  return counted.calls < windowCalls(model, isLooking, limitOf(limit)) ? counted : close(counted, inForce, now);
}

/** Nearer than this to the limit it is in the way, whatever the calls of one window are. */
const usedShare = 0.9;

/** One call that was frozen with its machine for an hour says nothing of the target. */
function latencyMsMost({ baseMs }: LimitModel): number {
  return baseMs === 0 ? Number.POSITIVE_INFINITY : 20 * baseMs;
}

function close(limit: AdaptiveLimit, inForce: number, now: number): AdaptiveLimit {
  const { bounds, calls, dropped, sumMs, isUsed, isLooking } = limit;
  const own = limitOf(limit);
  const isHeeded = !isLooking || inForce <= own;
  const model = isLooking || inForce === own ? limit.model : { ...limit.model, estimate: inForce };
  const meanMs = dropped < calls ? sumMs / (calls - dropped) : undefined;
  const isAtMost = model.estimate >= bounds.most;
  const window = { calls, droppedShare: dropped / calls, meanMs, isUsed, isLooking, isAtMost };
  const learnt = isHeeded ? learn(model, window, now) : notHeeded(model, now);
  if (learnt.kind === 'unsure') return { ...limit, model: learnt.model };
  const known = { ...learnt.model, estimate: within(bounds, learnt.model.estimate) };
  const next = { bounds, model: known, isLooking: learnt.kind === 'look', ...emptyWindow };
  const isMoved = Math.abs(limitOf({ ...limit, ...next }) - own) > 0.1 * own;
  return { ...next, changedAt: now, restMs: isMoved ? restTurns * (meanMs ?? 0) : 0 };
}

/** So many mean latencies after a change most calls that began before it have ended. */
const restTurns = 1.5;

function within({ least, most }: LimitBounds, estimate: number): number {
  return Math.min(most, Math.max(least, estimate));
}
