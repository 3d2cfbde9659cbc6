import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../../shared/core/clock.ts';
import { noBudget } from './no-budget.ts';

/** One process, from its start to its end. */
export interface Life {
  readonly startedAt: number;
  /** Absent when it ended before. */
  listensAt?: number;
  /** When it first answered. */
  answersAt?: number;
  /** When it was told to end. */
  signalledAt?: number;
  endedAt?: number;
}

/** Where one engine lives after the other, on one store and at one address. */
export interface EnginePlace extends AsyncDisposable {
  readonly url: string;
  readonly lives: readonly Life[];
  /** Resolves when it answers, or has ended before. */
  start(): Promise<void>;
  /** Resolves when the process has ended. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** The last lines that any of them wrote to say what is wrong. */
  complaints(): readonly string[];
}

export interface EngineOptions {
  readonly clock: Clock;
  readonly store: string;
  /** What its nodes may call. */
  readonly target: string;
  readonly graceMs: number;
}

const main = join(import.meta.dirname, '../../../shared/wiring/main.mjs');

/** What the launcher gives every process of the project. */
const nodeFlags = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=8'];

const complaintsKept = 20;

/** `breakwater start`, a process each. */
export async function openEnginePlace({ clock, store, target, graceMs }: EngineOptions): Promise<EnginePlace> {
  const port = await freePort();
  const command = [...nodeFlags, main, 'start', '--port', `${port}`, '--store', store];
  const settings = ['--allow-host', target, '--grace', `${graceMs}ms`];
  const url = `http://127.0.0.1:${port}`;
  const lives: Life[] = [];
  const complaints: string[] = [];
  let child: ChildProcess | undefined;

  function start(): Promise<void> {
    const born = spawn(process.execPath, [...command, ...settings], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...noBudget },
    });
    const life: Life = { startedAt: clock.now() };
    lives.push(life);
    born.stderr?.on('data', (text) => {
      complaints.push(String(text).trim());
      if (complaints.length > complaintsKept) complaints.shift();
    });
    child = born;
    return new Promise((resolve) => {
      born.stdout?.once('data', () => {
        life.listensAt = clock.now();
        void askHealth(life).then(resolve, () => {});
      });
      born.stdout?.resume();
      born.once('exit', () => {
        life.endedAt = clock.now();
        resolve();
      });
    });
  }

  /** Rejects when it ends over the question. */
  async function askHealth(life: Life): Promise<void> {
    const answer = await fetch(`${url}/health`);
    await answer.body?.cancel();
    life.answersAt = clock.now();
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    lives.at(-1)!.signalledAt = clock.now();
    ending.kill(signal);
    await once(ending, 'exit');
  }

  // Nobody else would end it when we are ended in the midst of it.
  const orphan = () => void child?.kill('SIGKILL');
  process.once('exit', orphan);
  return {
    url,
    lives,
    start,
    end,
    complaints: () => complaints,
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
      process.off('exit', orphan);
    },
  };
}

/** The same for every life, so that clients find the next one where the last one was. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
