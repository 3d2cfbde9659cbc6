import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { CodedError } from '../../core/error.ts';
import type { StoreUsage } from '../../ports/index.ts';
import { noUsage } from './usage.ts';

/** A running instance of a door. */
export interface DoorProcess {
  readonly pid: number;
  /** The path at which it listens. */
  readonly socket: string;
  /** Resolves, once it has ended, with how. */
  readonly ended: Promise<string>;
  /** The last lines that it wrote. */
  tail(): string;
  /** Of the store, as it was told with the last answer. */
  usage(): StoreUsage;
  kill(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

export interface DoorPlan {
  /** `FUNCTION_TARGET`. */
  readonly door: string;
  /** The module that has the doors. */
  readonly source: string;
  /** Nobody else has this path. */
  readonly socket: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const startMsMax = 30_000;
const lookEveryMs = 10;

/** How long it may take to end by itself once it was told to. */
const patienceMs = 3_000;

const logCharactersMax = 64 * 1024;
const tailLines = 20;

/** What the launcher gives every process of the project. */
const nodeFlags = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=8'];

/**
 * Resolves once it listens, on a socket of the file system: the framework listens on every address of the machine where it is given
 * a port, and nobody can be sure of a port beforehand. Rejects with `door_failed` and its last words.
 */
export async function startDoor(clock: Clock, plan: DoorPlan): Promise<DoorProcess> {
  const begun = clock.now();
  const started = watch(clock, spawnDoor(plan), plan.socket);
  const over = new AbortController();
  void started.ended.then(() => over.abort());
  while (!(await listensAt(plan.socket))) {
    const isLate = clock.now() - begun > startMsMax;
    if (isLate) await started.stop();
    if (isLate || over.signal.aborted) throw failure(plan, isLate ? 'does not listen' : await started.ended, started);
    await clock.sleep(lookEveryMs, over.signal);
  }
  return started;
}

function failure({ door }: DoorPlan, how: string, { tail }: DoorProcess): CodedError {
  return new CodedError('door_failed', `The door ${door} ${how}. It said:\n${tail()}`);
}

/** In a process group of its own: a Ctrl-C is for us, who may need it until we have ended well. */
function spawnDoor({ door, source, socket, env }: DoorPlan): ChildProcess {
  const file = join(import.meta.dirname, 'door.mjs');
  const args = [...nodeFlags, file, `--target=${door}`, `--source=${source}`, `--port=${socket}`];
  return spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
    env: { ...env, FUNCTION_TARGET: door },
  });
}

function watch(clock: Clock, child: ChildProcess, socket: string): DoorProcess {
  let log = '';
  const keep = (text: unknown) => {
    log = `${log}${String(text)}`.slice(-logCharactersMax);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  let usage = noUsage;
  child.on('message', (told) => {
    usage = told as StoreUsage;
  });
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(`could not be started: ${error.message}`));
    // Only with `close` has everything that it said been read.
    child.on('close', (code, signal) => resolve(signal ? `was ended by ${signal}` : `ended with code ${code}`));
  });
  return {
    pid: child.pid ?? 0,
    socket,
    ended,
    tail: () => log.trimEnd().split('\n').slice(-tailLines).join('\n'),
    usage: () => usage,
    kill: (signal) => void child.kill(signal),
    stop: () => stop(clock, child, ended),
  };
}

async function stop(clock: Clock, child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill('SIGTERM');
  const waiting = new AbortController();
  await Promise.race([ended, clock.sleep(patienceMs, waiting.signal)]);
  waiting.abort();
  child.kill('SIGKILL');
  await ended;
}

function listensAt(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('error', () => resolve(false));
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
