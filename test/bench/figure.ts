import { median } from './statistics.ts';

export interface Figure {
  readonly name: string;
  /** The median of its rounds. */
  readonly value: number;
  readonly unit: string;
  /** What it is to reach; null for what is only shown beside. */
  readonly goal: number | null;
  readonly better: 'lower' | 'higher';
  /** The least and the greatest of its rounds; absent when it was measured once. */
  readonly spread?: readonly [number, number];
}

/** A figure that could not be measured here, and why. */
export interface Skipped {
  readonly name: string;
  readonly because: string;
}

export interface Kind {
  readonly unit: string;
  readonly better: 'lower' | 'higher';
  readonly goal?: number;
}

/** The figure that several rounds of the same measurement come to. */
export function figureOf(name: string, rounds: readonly number[], { unit, better, goal }: Kind): Figure {
  const spread = [Math.min(...rounds), Math.max(...rounds)] as const;
  return { name, value: median(rounds), unit, goal: goal ?? null, better, ...(rounds.length > 1 && { spread }) };
}

export function verdictOf({ value, goal, better }: Figure): 'met' | 'missed' | undefined {
  if (goal === null) return undefined;
  return (better === 'lower' ? value <= goal : value >= goal) ? 'met' : 'missed';
}
