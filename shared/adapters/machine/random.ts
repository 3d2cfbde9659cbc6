import type { Random } from '../../core/random.ts';

/** The machine's chance: good for jitter and ids, not for secrets. */
export const machineRandom: Random = { next: Math.random };
