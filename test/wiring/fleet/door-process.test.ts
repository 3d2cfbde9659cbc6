import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { createMachineClock } from '../../../shared/adapters/machine/clock.ts';
import { startDoor } from '../../../shared/wiring/fleet/door-process.ts';
import { noUsage } from '../../../shared/wiring/fleet/usage.ts';
import { aDirectory, cleanEnvironment, watch } from '../a-process.ts';

const shared = resolve(import.meta.dirname, '../../../shared');
const clock = createMachineClock();

/** A door in a few lines, served by the framework as the real ones are. */
const door = (body: string) => `
import { createRequire } from 'node:module';
import { connect } from 'node:net';
const { http } = createRequire('${shared}/')('@google-cloud/functions-framework');
${body}
`;

const answering = `http('door', (request, response) => {
  process.send({ ...${JSON.stringify(noUsage)}, writes: 2 });
  response.send('here');
});`;

/** Starts a door and tells; then it stays, or ends well. */
const starter = (dir: string) => `
import { createMachineClock } from '${shared}/adapters/machine/clock.ts';
import { startDoor } from '${shared}/wiring/fleet/door-process.ts';
await startDoor(createMachineClock(), {
  door: 'door', source: '${join(dir, 'door.mjs')}', socket: '${join(dir, 'socket')}', env: process.env,
});
console.log('ready');
if (process.argv[2] === 'exit') process.exit(0);
setInterval(() => {}, 1000);
`;

function planIn(dir: string, body: string) {
  writeFileSync(join(dir, 'door.mjs'), door(body));
  return { door: 'door', source: join(dir, 'door.mjs'), socket: join(dir, 'socket'), env: cleanEnvironment() };
}

async function ask(socketPath: string): Promise<string> {
  const [answer] = await once(request({ socketPath, path: '/' }).end(), 'response');
  return textOf(answer);
}

describe('an instance of a door', () => {
  test('listens once it is started, tells what it used, and is over when it is stopped', async () => {
    using dir = aDirectory();
    const { socket, usage, stop, ended } = await startDoor(clock, planIn(dir.path, answering));
    expect(await ask(socket)).toBe('here');
    while (usage().writes === 0) await clock.sleep(5);
    expect(usage()).toEqual({ ...noUsage, writes: 2 });
    await stop();
    expect(await ended).toMatch(/^(ended with code 0|was ended by SIGTERM)$/);
  }, 20_000);

  test('that hears no request to end is ended all the same', async () => {
    using dir = aDirectory();
    const deaf = `setInterval(() => process.removeAllListeners('SIGTERM').on('SIGTERM', () => {}), 1);`;
    const hasty = { now: clock.now, sleep: (ms: number) => clock.sleep(Math.min(ms, 100)) };
    const { stop, ended, socket } = await startDoor(hasty, planIn(dir.path, `${deaf}\n${answering}`));
    await ask(socket);
    await stop();
    expect(await ended).toBe('was ended by SIGKILL');
  }, 20_000);

  test('that does not start is told with its last words', async () => {
    using dir = aDirectory();
    await expect(startDoor(clock, planIn(dir.path, `throw new Error('no wish to')`))).rejects.toMatchObject({
      code: 'door_failed',
      message: expect.stringMatching(/^The door door ended with code 1\. It said:\n(.*\n)*.*no wish to/),
    });
  }, 20_000);

  test.each(['kill -9', 'exit'] as const)(
    'ends when the one that started it ends by %s',
    async (way) => {
      using dir = aDirectory();
      // Its number would not do: a dead process whose parent is dead keeps it until somebody looks.
      const witness = createServer().listen(0, '127.0.0.1');
      await once(witness, 'listening');
      const connected = once(witness, 'connection') as Promise<[Socket]>;
      planIn(dir.path, `${answering}\nconnect(${(witness.address() as AddressInfo).port}, '127.0.0.1');`);
      const file = join(dir.path, 'starter.ts');
      writeFileSync(file, starter(dir.path));
      const argv = ['--disable-warning=ExperimentalWarning', file, way];
      const running = watch(
        spawn(process.execPath, argv, { env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] }),
      );
      const [connection] = await connected;
      const gone = new Promise((done) => connection.on('error', done).on('close', done).resume());
      const said = await running.whenOut('ready');
      if (way === 'kill -9') running.child.kill('SIGKILL');
      await Promise.all([running.ended, gone]);
      expect(said).toBe('ready\n');
      witness.close();
    },
    20_000,
  );
});
