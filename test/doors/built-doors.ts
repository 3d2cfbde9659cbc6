import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createMachineClock } from '../../shared/adapters/machine/clock.ts';
import { firestoreHost, pubsubHost } from '../support/emulators.ts';

const root = resolve(import.meta.dirname, '../..');
export const clock = createMachineClock();

/** What is deployed: the bundle beside its package.json and its packages, and the user's handlers. */
export interface Package {
  readonly source: string;
  readonly handlers: string;
  remove(): void;
}

export function buildPackage(handlers: string): Package {
  const dir = mkdtempSync(join(tmpdir(), 'breakwater-doors-'));
  execFileSync(process.execPath, [join(root, 'shared/wiring/build.mjs'), '--outdir', join(dir, 'dist')]);
  copyFileSync(join(root, 'package.json'), join(dir, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  writeFileSync(join(dir, 'handlers.mjs'), handlers);
  return {
    source: dir,
    handlers: join(dir, 'handlers.mjs'),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

export interface BuiltDoor {
  readonly url: string;
  /** The lines of its log so far. */
  lines(): Record<string, unknown>[];
}

export interface StartingDoor {
  /** Rejects when it ends before it listens. */
  readonly listening: Promise<BuiltDoor>;
  /** At any time. */
  stop(): Promise<void>;
}

/** A built door as the deployed command serves it, on a free port. */
export function startBuiltDoor(
  { source, handlers }: Package,
  door: string,
  env: Readonly<Record<string, string>>,
): StartingDoor {
  const spawned = freePort().then((port) => {
    const given = {
      FUNCTION_TARGET: door,
      PORT: String(port),
      FIRESTORE_EMULATOR_HOST: firestoreHost(),
      PUBSUB_EMULATOR_HOST: pubsubHost(),
      BREAKWATER_HANDLERS: handlers,
      ...env,
    };
    return { port, ...spawnDoor(source, door, given) };
  });

  async function listen(): Promise<BuiltDoor> {
    const { port, child, said } = await spawned;
    while (!(await listensAt(port))) {
      if (child.exitCode !== null || child.killed) throw new Error(`the door ${door} ended: ${said()}`);
      await clock.sleep(10);
    }
    const isEntry = (line: string) => line.startsWith('{');
    return {
      url: `http://127.0.0.1:${port}`,
      lines: () =>
        said()
          .split('\n')
          .filter(isEntry)
          .map((line) => JSON.parse(line)),
    };
  }

  return {
    listening: listen(),
    async stop() {
      const { child, ended } = await spawned;
      child.kill();
      await ended;
    },
  };
}

export function spawnDoor(source: string, door: string, env: Readonly<Record<string, string>>) {
  const cli = join(root, 'node_modules/.bin/functions-framework');
  const { PATH, HOME } = process.env;
  const child: ChildProcess = spawn(process.execPath, [cli, '--source', source, '--target', door], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, ...env },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (said += text));
  const ended = new Promise<number | null>((done) => child.on('close', done));
  return { child, said: () => said, ended };
}

/** Whatever is pushed here is acknowledged and forgotten. */
export async function openAbyss() {
  const server = createServer((request, response) => request.resume().on('end', () => response.writeHead(204).end()));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The three ways in which a message may reach a door. */
export const forms = {
  push: (message: object) => ({
    headers: { 'content-type': 'application/json' },
    body: { subscription: 'projects/p/subscriptions/s', deliveryAttempt: 1, message },
  }),
  'CloudEvent in binary mode': (message: object) => ({
    headers: {
      'content-type': 'application/json',
      'ce-id': '7',
      'ce-specversion': '1.0',
      'ce-source': '//pubsub.googleapis.com/projects/p/topics/t',
      'ce-type': eventType,
    },
    body: { subscription: 'projects/p/subscriptions/s', message },
  }),
  'CloudEvent in structured mode': (message: object) => ({
    headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
    body: {
      id: '7',
      specversion: '1.0',
      source: '//pubsub.googleapis.com/projects/p/topics/t',
      type: eventType,
      datacontenttype: 'application/json',
      data: { subscription: 'projects/p/subscriptions/s', message },
    },
  }),
};
const eventType = 'google.cloud.pubsub.topic.v1.messagePublished';

/** Sends a message and resolves with the status. */
export async function send(url: string, form: keyof typeof forms, message: unknown): Promise<number> {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  const data = Buffer.from(text).toString('base64');
  const { headers, body } = forms[form]({ data, messageId: '7', attributes: {} });
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).status;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

function listensAt(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => done(false));
    socket.on('connect', () => {
      socket.destroy();
      done(true);
    });
  });
}
