import { Firestore } from '@google-cloud/firestore';
import {
  type FirestoreOptions,
  type FirestoreStore,
  openFirestoreStore,
} from '../../shared/adapters/firestore/open.ts';
import { createMachineClock } from '../../shared/adapters/machine/clock.ts';
import { machineRandom } from '../../shared/adapters/machine/random.ts';
import { firestoreHost, uniqueProject } from './emulators.ts';

/** A store on the emulator, in a project of its own unless one is named. */
export function aFirestore(options: Partial<FirestoreOptions> = {}): Promise<FirestoreStore> {
  return openFirestoreStore({
    clock: createMachineClock(),
    random: machineRandom,
    project: uniqueProject(),
    emulatorHost: firestoreHost(),
    retentionMs: 86_400_000,
    ...options,
  });
}

/** Google's own client, to look at and change what the store has written. */
export function anSdk(project: string): Firestore {
  const clientOptions = { universeDomain: 'googleapis.com' };
  return new Firestore({ projectId: project, host: firestoreHost(), ssl: false, clientOptions });
}
