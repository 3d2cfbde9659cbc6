import { type Random, seededRandom } from '../../shared/core/random.ts';

/** A number in [0, 1) that depends on the seed, the stream and the place alone, and not on what was drawn before. */
export function chanceAt(seed: number, stream: number, place: number): number {
  return seededRandom(mix(mix(seed, stream), place)).next();
}

/** Streams of one seed do not disturb each other. */
export function streamOf(seed: number, stream: number): Random {
  return seededRandom(mix(seed, stream));
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random.next() * from.length)]!;
}

/** A whole number from `low` to `high`, both included. */
export function between(random: Random, low: number, high: number): number {
  return low + Math.floor(random.next() * (high - low + 1));
}

export function happens(random: Random, probability: number): boolean {
  return random.next() < probability;
}

function mix(a: number, b: number): number {
  let mixed = (Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x165667b1, 0xc2b2ae35)) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
