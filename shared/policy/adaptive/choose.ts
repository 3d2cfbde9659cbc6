import { type Arm, arms } from '../retry/index.ts';
import { drawBeta } from './beta.ts';
import type { Standings } from './experience.ts';

/** Shapes of what is believed of an arm before it was tried: anything, and of the one that suits most targets a little good. */
const anything = { good: 1, bad: 1 } as const;
const before: Readonly<Record<Arm, { readonly good: number; readonly bad: number }>> = {
  immediate: anything,
  fixed: anything,
  linear: anything,
  exponential: { good: 3, bad: 1 },
  fibonacci: anything,
  patient: anything,
};

export interface Choice {
  readonly arm: Arm;
  /** Its mean and that of the best of the others, for people. */
  readonly because: string;
}

/**
 * Thompson sampling: of what each arm may be worth, as far as is known, one draw; the greatest wins. An arm of which little is known
 * wins now and then, and that is how more is learned of it. William R. Thompson, 1933.
 */
export function chooseArm(standings: Standings, chance: () => number): Choice {
  const draws = arms.map((arm) => ({ arm, draw: drawFor(standings, arm, chance) }));
  return told(standings, draws.reduce((best, each) => (each.draw > best.draw ? each : best)).arm);
}

/** Of a frozen policy: the greatest mean, and nothing is tried out. */
export function bestArm(standings: Standings): Choice {
  return told(standings, byMean(standings, arms));
}

/** Of the posterior: what the arm is worth, as far as is known. */
export function meanOf(standings: Standings, arm: Arm): number {
  const { good, bad } = shapesOf(standings, arm);
  return good / (good + bad);
}

function shapesOf(standings: Standings, arm: Arm): { readonly good: number; readonly bad: number } {
  const { tried, earned } = standings[arm];
  return { good: before[arm].good + earned, bad: before[arm].bad + tried - earned };
}

function drawFor(standings: Standings, arm: Arm, chance: () => number): number {
  const { good, bad } = shapesOf(standings, arm);
  return drawBeta(good, bad, chance);
}

function byMean(standings: Standings, among: readonly Arm[]): Arm {
  return among.reduce((best, arm) => (meanOf(standings, arm) > meanOf(standings, best) ? arm : best));
}

function told(standings: Standings, arm: Arm): Choice {
  const next = byMean(
    standings,
    arms.filter((each) => each !== arm),
  );
  return { arm, because: `${shown(standings, arm)}, next ${next} ${shown(standings, next)}` };
}

function shown(standings: Standings, arm: Arm): string {
  return `${meanOf(standings, arm).toFixed(2)} of ${Math.round(standings[arm].tried)}`;
}
