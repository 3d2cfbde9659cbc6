import { once } from 'node:events';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSilentServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type EmulatorWishes, readEmulatorWishes } from '../../shared/wiring/config.ts';
import { findEmulator } from '../../shared/wiring/emulators/find-emulators.ts';
import { aDirectory } from './a-process.ts';

const firestoreJar = 'platform/cloud-firestore-emulator/cloud-firestore-emulator.jar';
const pubsubJar = 'platform/pubsub-emulator/lib/cloud-pubsub-emulator-0.8.20-all.jar';

/** A machine's folders: nothing on it but what the test has put there. */
function aMachine(dir: string, files: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  for (const file of files) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), '');
    chmodSync(join(dir, file), 0o755);
  }
  return readEmulatorWishes({ PATH: join(dir, 'bin'), ...variables }, join(dir, 'home'));
}

function find(name: 'firestore' | 'pubsub', wishes: EmulatorWishes) {
  return findEmulator(name, wishes, []);
}

describe('an emulator', () => {
  test('is found through the link to gcloud that lies on the path', async () => {
    using dir = aDirectory();
    const wishes = aMachine(dir.path, ['bin/java', 'sdk/bin/gcloud', `sdk/${firestoreJar}`, `sdk/${pubsubJar}`]);
    symlinkSync('../sdk/bin/gcloud', join(dir.path, 'bin/gcloud'));
    const java = join(dir.path, 'bin/java');
    expect(await find('firestore', wishes)).toEqual({
      kind: 'startable',
      java,
      jar: join(dir.path, 'sdk', firestoreJar),
    });
    expect(await find('pubsub', wishes)).toEqual({ kind: 'startable', java, jar: join(dir.path, 'sdk', pubsubJar) });
  });

  test('is found where the environment names the SDK and Java, and in the home of the user', async () => {
    using dir = aDirectory();
    const files = ['jdk/bin/java', `sdk/${firestoreJar}`, `home/google-cloud-sdk/${pubsubJar}`];
    const named = { CLOUDSDK_ROOT_DIR: join(dir.path, 'sdk'), JAVA_HOME: join(dir.path, 'jdk') };
    const wishes = aMachine(dir.path, files, named);
    const java = join(dir.path, 'jdk/bin/java');
    const jars = [join(dir.path, 'sdk', firestoreJar), join(dir.path, 'home/google-cloud-sdk', pubsubJar)];
    expect(await find('firestore', wishes)).toEqual({ kind: 'startable', java, jar: jars[0] });
    expect(await find('pubsub', wishes)).toEqual({ kind: 'startable', java, jar: jars[1] });
  });

  test('that is missing is named together with the command that brings it', async () => {
    using dir = aDirectory();
    const wishes = aMachine(dir.path, ['bin/java', 'bin/gcloud', 'home/google-cloud-sdk/bin/gcloud']);
    expect(await find('pubsub', wishes)).toEqual({
      kind: 'missing',
      faults: [
        'The Pub/Sub emulator is not installed: run `gcloud components install pubsub-emulator`, or where apt installed gcloud, `sudo apt-get install google-cloud-cli-pubsub-emulator`.',
      ],
    });
  });

  test('on a machine without gcloud and Java lacks both, and both are told at once', async () => {
    using dir = aDirectory();
    const found = await find('firestore', aMachine(dir.path, []));
    expect(found.kind === 'missing' && found.faults).toEqual([
      expect.stringMatching(/^The Firestore emulator .*https:\/\/cloud\.google\.com\/sdk.*cloud-firestore-emulator/),
      expect.stringContaining('openjdk-17-jre-headless'),
    ]);
  });

  test('that runs already is used as it is', async () => {
    using dir = aDirectory();
    const server = createServer((_, answer) => answer.end('Ok\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const found = await find('firestore', aMachine(dir.path, [], { FIRESTORE_EMULATOR_HOST: host }));
    expect(found).toEqual({ kind: 'running', host });
    server.close();
  });

  test('at a host that somebody named and where none answers is told, and no other takes its place', async () => {
    using dir = aDirectory();
    const server = createSilentServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const wishes = aMachine(dir.path, ['bin/java', `home/google-cloud-sdk/${pubsubJar}`], {
      PUBSUB_EMULATOR_HOST: host,
    });
    expect(await find('pubsub', wishes)).toEqual({
      kind: 'missing',
      faults: [expect.stringContaining(`Nothing answers at PUBSUB_EMULATOR_HOST=${host}`)],
    });
    server.close();
  });
});
