import { type FirestoreStore, openFirestoreStore } from '../adapters/firestore/open.ts';
import type { Clock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import type { FirestoreChoice } from './store-choice.ts';

/** The chosen Firestore. Nothing is asked of it yet. */
export function openFirestore(
  { kind: _, ...place }: FirestoreChoice,
  clock: Clock,
  random: Random,
): Promise<FirestoreStore> {
  return openFirestoreStore({ clock, random, ...place });
}
