import type { Advice, FailureKind } from '../retry/index.ts';
import { bestArm, chooseArm } from './choose.ts';
import { type Experience, standingsOf } from './experience.ts';

export interface AdviceNeeds {
  /** Name of the target, as people know it. */
  readonly target: string;
  readonly kind: FailureKind;
  /** Nothing is tried out. */
  readonly frozen: boolean;
  readonly experience: Experience;
}

/** The choice, in words that are always of the same form. `chance` is uniform in [0, 1), asked as often as needed. */
export function adviceFor(
  { target, kind, frozen, experience }: AdviceNeeds,
  now: number,
  chance: () => number,
): Advice {
  const standings = standingsOf(experience, now);
  const { arm, because } = frozen ? bestArm(standings) : chooseArm(standings, chance);
  const verb = frozen ? 'adaptive, frozen, takes' : 'adaptive chose';
  return { arm, kind, because: `${verb} ${arm} (${because}) for ${kind} at ${target.slice(0, targetCharsMost)}` };
}

/** In an audit line; a URL may be longer. */
const targetCharsMost = 200;

/** Under which a fleet shares it. Two names that are cut alike share theirs: nothing but a choice hangs on it. */
export function experienceName(target: string, kind: FailureKind): string {
  return `adaptive ${kind} ${target}`.slice(0, nameCharsMost);
}

/** As many as the counts of a fleet take in a name. */
const nameCharsMost = 500;
