import type { Arm } from '../retry/index.ts';
import { arms } from '../retry/index.ts';
import type { SlotCount } from '../slots/index.ts';
import { adaptiveTimes } from './limits.ts';

/**
 * What is known of the arms at one target and for one kind of failure: counts by slots of time. Old ones weigh less, so that the
 * choice follows a target that changes: Vishnu Raj and Sheetal Kalyani, «Taming Non-stationary Bandits: A Bayesian Approach», 2017,
 * with the discount by age instead of by step, since a fleet has no common steps.
 */
export type Experience = readonly SlotCount[];

/** What an arm has to show: how often it was tried and what it earned with that, both discounted. `earned` is at most `tried`. */
export interface Standing {
  readonly tried: number;
  readonly earned: number;
}
export type Standings = Readonly<Record<Arm, Standing>>;

export function slotAt(now: number): number {
  return Math.floor(now / adaptiveTimes.slotMs);
}

/** Slots before it weigh so little that they may be forgotten. */
export function oldestSlot(now: number): number {
  return slotAt(now - adaptiveTimes.keptMs);
}

/** One ended trial as counts of its slot. */
export function countsOf(arm: Arm, earned: number): Readonly<Record<string, number>> {
  return earned === 0 ? { [triedKey(arm)]: 1 } : { [triedKey(arm)]: 1, [earnedKey(arm)]: earned };
}

/** Whatever the counts are, and they come from a store: sums of something like them are numbers, and none is below 0. */
export function standingsOf(experience: Experience, now: number): Standings {
  const standing = (arm: Arm): Standing => {
    const tried = discounted(experience, triedKey(arm), now);
    return { tried, earned: Math.min(tried, discounted(experience, earnedKey(arm), now)) };
  };
  return Object.fromEntries(arms.map((arm) => [arm, standing(arm)])) as Record<Arm, Standing>;
}

function discounted(experience: Experience, key: string, now: number): number {
  let sum = 0;
  for (const { slot, counts } of experience) {
    const count = counts[key] ?? 0;
    if (count > 0) sum += count * weightOf(slot, now);
  }
  return sum;
}

/** 1 for the slot of now, and half of it for each half-life that a slot is older. */
function weightOf(slot: number, now: number): number {
  const ageMs = Math.max(0, slotAt(now) - slot) * adaptiveTimes.slotMs;
  return 0.5 ** (ageMs / adaptiveTimes.halfLifeMs);
}

const triedKey = (arm: Arm) => `${arm} tried`;
const earnedKey = (arm: Arm) => `${arm} earned`;
