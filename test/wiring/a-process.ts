import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const main = join(root, 'shared/wiring/main.mjs');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** Resolves with everything on standard output once it holds `text`; rejects when the process ends before. */
  whenOut(text: string): Promise<string>;
  whenErr(text: string): Promise<string>;
  readonly ended: Promise<Ended>;
}

/** The real CLI in a process of its own. */
export function startCommand(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  return watch(
    spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...cleanEnvironment(), ...env },
    }),
  );
}

export function runCommand(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return startCommand(args, env).ended;
}

/** What the machine that runs the tests has set must not decide them. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME };
}

export function watch(child: ChildProcess): Running {
  const texts = { out: '', err: '' };
  const listeners = new Set<() => void>();
  for (const [name, stream] of [
    ['out', child.stdout],
    ['err', child.stderr],
  ] as const) {
    stream?.on('data', (chunk: Buffer) => {
      texts[name] += chunk.toString();
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<Ended>((done) => {
    child.on('close', (code, signal) => done({ code, signal, ...texts }));
  });
  const whenHas = (name: 'out' | 'err', text: string) =>
    new Promise<string>((done, fail) => {
      const look = () => texts[name].includes(text) && done(texts[name]);
      listeners.add(look);
      look();
      void ended.then((end) => fail(new Error(`it ended before it said ${text}: ${JSON.stringify(end)}`)));
    });
  return { child, ended, whenOut: (text) => whenHas('out', text), whenErr: (text) => whenHas('err', text) };
}

/** A directory that is gone after the test. */
export function aDirectory(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'breakwater-test-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
