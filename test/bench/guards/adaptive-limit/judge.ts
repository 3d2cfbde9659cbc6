import { median } from '../../statistics.ts';
import { begin, knowing } from './limiters.ts';
import { type Heard, type Limiter, type Phase, simulate, ticksPerSecond } from './target.ts';

/** A target that works on 50 calls at once, each 100 ms in the mean: 500 a second. */
const target = { servers: 50, meanMs: 100, seconds: 60 };

export const phases: readonly Phase[] = [
  { ...target, name: '60 % load', load: 0.6 },
  { ...target, name: '160 % load', load: 1.6 },
  { ...target, name: 'capacity halved', load: 1.6, servers: 25 },
  { ...target, name: 'capacity back', load: 1.6 },
  { ...target, name: '60 % load again', load: 0.6 },
  { ...target, name: 'calls twice as long', load: 1.6, meanMs: 200 },
];

export interface Judged {
  readonly phase: Phase;
  /** Calls that were answered in time, by those that are where the limit is right. */
  readonly goodput: number;
  /** Until the limit was for good at least what the load needs and, where it is reached, at most three times what the target works on at once. */
  readonly settledAfterS: number;
  /** Of calls that were answered in time, by the mean that the target works on one. */
  readonly latency: number;
}

/** The phases one after the other, without a break. */
export function judge(limiter: Limiter, seed: number, played = phases): readonly Judged[] {
  const heard = simulate(played, limiter, seed);
  const best = simulate(played, knowing(played), seed);
  return played.map((phase, at) => judgePhase(phase, heard[at]!, best[at]!));
}

/** What the limit has become of itself after five minutes in which it was never needed: at 5 % load a tenth of it is. */
export function driftOf(limiter: Limiter, seed: number): number {
  const [heard] = simulate([{ ...target, name: 'idle', load: 0.05, seconds: 300 }], limiter, seed);
  return median(heard!.limits.slice(-ticksPerSecond)) / begin;
}

function judgePhase(phase: Phase, heard: Heard, best: Heard): Judged {
  const { limits } = heard;
  return {
    phase,
    goodput: heard.inTime / best.inTime,
    settledAfterS: settledAfterS(phase, limits),
    latency: heard.meanMs / phase.meanMs,
  };
}

/** A limit is its median over two seconds: to look lower or higher for a moment unsettles nothing. */
function settledAfterS({ load, servers }: Phase, limits: readonly number[]): number {
  const needed = Math.min(servers, load * target.servers);
  const isReached = load * target.servers > servers;
  let settled = 0;
  for (const [at] of limits.entries()) {
    const limit = median(limits.slice(Math.max(0, at + 1 - 2 * ticksPerSecond), at + 1));
    if (limit < needed || (isReached && limit > 3 * servers)) settled = (at + 1) / ticksPerSecond;
  }
  return settled;
}
