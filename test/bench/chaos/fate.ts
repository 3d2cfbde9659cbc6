import { chanceAt } from '../../simulation/chance.ts';

/** What becomes of a call: an answer, one of three failures that pass by themselves, or silence. */
export type Fate = 'answered' | 'unavailable' | 'broken' | 'reset' | 'hung';

export interface FaultShares {
  readonly failing: number;
  readonly hanging: number;
}

const passing = ['unavailable', 'broken', 'reset'] as const satisfies readonly Fate[];

/** Follows from the seed, the caller's name and the number of its attempt alone, so that no kill and no delay changes it. */
export function fateOf(seed: number, { failing, hanging }: FaultShares, caller: string, attempt: number): Fate {
  const chance = chanceAt(seed, hashOf(caller), attempt);
  if (chance < failing) return passing[Math.floor((chance / failing) * passing.length)]!;
  return chance < failing + hanging ? 'hung' : 'answered';
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let place = 0; place < text.length; place++) hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193);
  return hash >>> 0;
}
