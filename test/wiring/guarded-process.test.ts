import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createMachineClock } from '../../shared/adapters/machine/clock.ts';
import { startGuarded } from '../../shared/wiring/emulators/guarded-process.ts';
import { startEmulator } from '../../shared/wiring/emulators/start-emulator.ts';
import { aDirectory, cleanEnvironment, watch } from './a-process.ts';

const clock = createMachineClock();
const shared = resolve(import.meta.dirname, '../../shared');

/** Tells its process id, then stays. */
const stays = 'console.log(`pid ${process.pid} ready`); setInterval(() => {}, 1000)';

/** A process that guards another one, which holds a connection to `port` as long as it lives. */
const guardian = (port: number) => `
import { createMachineClock } from '${shared}/adapters/machine/clock.ts';
import { startGuarded } from '${shared}/wiring/emulators/guarded-process.ts';
const clock = createMachineClock();
const holds = "require('node:net').connect(${port}, '127.0.0.1', () => console.log('ready'))";
const guarded = startGuarded(clock, process.execPath, ['-e', holds]);
while (!guarded.hasSaid('ready')) await clock.sleep(5);
console.log(guarded.tail());
if (process.argv[2] === 'exit') process.exit(0);
setInterval(() => {}, 1000);
`;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a guarded process', () => {
  test.each(['kill -9', 'exit'] as const)('ends when the one that started it ends by %s', async (way) => {
    using dir = aDirectory();
    // Its number would not do: a dead process whose parent is dead keeps it until somebody looks.
    const witness = createSocketServer().listen(0, '127.0.0.1');
    await once(witness, 'listening');
    const connected = once(witness, 'connection') as Promise<[Socket]>;
    const file = join(dir.path, 'guardian.ts');
    writeFileSync(file, guardian((witness.address() as AddressInfo).port));
    const argv = ['--disable-warning=ExperimentalWarning', file, way];
    const running = watch(
      spawn(process.execPath, argv, { env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    const [connection] = await connected;
    const gone = new Promise((resolve) => connection.on('error', resolve).on('close', resolve).resume());
    await running.whenOut('ready');
    if (way === 'kill -9') running.child.kill('SIGKILL');
    await Promise.all([running.ended, gone]);
    witness.close();
  });

  test('ends when it is told to, and leaves its last words', async () => {
    const guarded = startGuarded(clock, process.execPath, ['-e', stays]);
    while (!guarded.hasSaid('ready')) await clock.sleep(5);
    await guarded.stop();
    expect(guarded.isOver).toBe(true);
    expect(isAlive(Number(/pid (\d+)/.exec(guarded.tail())![1]))).toBe(false);
  });

  test('that hears no request to end is ended all the same', async () => {
    const deaf = `process.on('SIGTERM', () => {}); ${stays}`;
    const hasty = { now: clock.now, sleep: () => Promise.resolve() };
    const guarded = startGuarded(hasty, process.execPath, ['-e', deaf]);
    while (!guarded.hasSaid('ready')) await clock.sleep(5);
    await guarded.stop();
    expect(isAlive(Number(/pid (\d+)/.exec(guarded.tail())![1]))).toBe(false);
  });

  test('whose program is not there is over, and says why', async () => {
    const guarded = startGuarded(clock, '/nowhere/java', []);
    while (!guarded.isOver) await clock.sleep(5);
    await guarded.stop();
    expect(guarded.tail()).toMatch(/java.*not found|no such file/i);
  });
});

describe('an emulator that does not start', () => {
  test('is told with its last words', async () => {
    using dir = aDirectory();
    const java = aJava(dir.path, 'echo "no room for a heap"; exit 1');
    await expect(startEmulator(clock, 'firestore', { java, jar: 'x.jar' })).rejects.toMatchObject({
      code: 'emulator_failed',
      message: expect.stringMatching(/ended while it was starting.*\nno room for a heap/),
    });
  });

  test('because its port was taken meanwhile is tried on others, though another answers there', async () => {
    using dir = aDirectory();
    // As the Pub/Sub emulator does it: it says so, and stays.
    const java = aJava(dir.path, 'echo "java.net.BindException: Address already in use"; exec sleep 60');
    const other = createServer((_, answer) => answer.end('Ok\n')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    let tries = 0;
    const choosePort = async () => {
      tries++;
      return port;
    };
    await expect(startEmulator(clock, 'pubsub', { java, jar: 'x.jar' }, choosePort)).rejects.toMatchObject({
      message: expect.stringContaining('found 5 ports taken'),
    });
    other.close();
    expect(tries).toBe(5);
  });
});

function aJava(dir: string, script: string): string {
  const java = join(dir, 'java');
  writeFileSync(java, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return java;
}
