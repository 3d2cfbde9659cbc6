import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import { CodedError } from '../../core/error.ts';
import { answersAt } from './answers-at.ts';
import type { EmulatorName } from './find-emulators.ts';
import { type GuardedProcess, startGuarded } from './guarded-process.ts';

export interface StartedEmulator {
  readonly host: string;
  stop(): Promise<void>;
}

const startMsMax = 30_000;
const lookEveryMs = 20;

/** A free port can be taken by another before the emulator has it. */
const triesMax = 5;

/** The quick compiler alone and the plain collector: up in two thirds of the time. */
const quickStart = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-XX:-UsePerfData', '-Duser.language=en'];

const programs = {
  firestore: {
    args: (jar: string) => [
      '-Xmx512m',
      '-cp',
      jar,
      'com.google.cloud.datastore.emulator.firestore.CloudFirestore',
      'start',
    ],
    says: 'is now running',
  },
  pubsub: { args: (jar: string) => ['-Xmx256m', '-jar', jar], says: 'Server started, listening' },
} as const;

/** Without the `gcloud` wrapper, which takes as long again. Resolves once it answers. */
export async function startEmulator(
  clock: Clock,
  name: EmulatorName,
  { java, jar }: { readonly java: string; readonly jar: string },
  choosePort: () => Promise<number> = freePort,
): Promise<StartedEmulator> {
  const until = clock.now() + startMsMax;
  for (let tries = 1; ; tries++) {
    const host = `127.0.0.1:${await choosePort()}`;
    const [address, port] = host.split(':');
    const args = [...quickStart, ...programs[name].args(jar), `--host=${address}`, `--port=${port}`];
    const emulator = startGuarded(clock, java, args);
    const end = await whenUp(clock, emulator, host, programs[name].says, until);
    if (end === 'up') return { host, stop: () => emulator.stop() };
    await emulator.stop();
    if (end === 'portTaken' && tries < triesMax) continue;
    throw new CodedError('emulator_failed', `The ${name} emulator ${endings[end]}. It said:\n${emulator.tail()}`);
  }
}

const endings = {
  over: 'ended while it was starting',
  late: `did not answer within ${startMsMax / 1_000} s`,
  portTaken: `found ${triesMax} ports taken`,
} as const;

/** An answer alone proves nothing: on a port that was taken, another emulator answers. It must have said that it listens first. */
async function whenUp(clock: Clock, emulator: GuardedProcess, host: string, says: string, until: number) {
  for (;;) {
    // The Pub/Sub emulator stays alive, deaf, when its port is taken.
    if (emulator.hasSaid('BindException')) return 'portTaken';
    if (emulator.isOver) return 'over';
    if (emulator.hasSaid(says) && (await answersAt(host))) return 'up';
    if (clock.now() >= until) return 'late';
    await clock.sleep(lookEveryMs);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
