import { randomUUID } from 'node:crypto';
import { describe, test } from '@jest/globals';

/** For `*.cloud.test.ts` only: jest starts the emulators before such a file, and says here why there are none. */
const missing = process.env['TEST_EMULATORS_MISSING'];
const broken = process.env['TEST_EMULATORS_BROKEN'];

/** A group of tests on Google's emulators. Where they cannot be had it is skipped, and its title says why; where they do not start it fails. */
export function describeCloud(name: string, body: () => void): void {
  if (missing !== undefined) describe.skip(`${name} (skipped: ${missing})`, body);
  else if (broken === undefined) describe(name, body);
  else
    describe(name, () => {
      test('the emulators start', () => {
        throw new Error(broken);
      });
    });
}

export function firestoreHost(): string {
  return hostIn('FIRESTORE_EMULATOR_HOST');
}

export function pubsubHost(): string {
  return hostIn('PUBSUB_EMULATOR_HOST');
}

/** All tests share the emulators; in a project of its own each finds them empty. */
export function uniqueProject(): string {
  return `test-${randomUUID().slice(0, 18)}`;
}

/** Jest runs the body of a skipped group, so a group may ask for its host where there is none. */
const nowhere = '127.0.0.1:1';

function hostIn(variable: string): string {
  const host = process.env[variable] ?? (missing === undefined ? undefined : nowhere);
  if (host === undefined) throw new Error(`${variable} is not set: a test that needs it is named *.cloud.test.ts`);
  return host;
}
