import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CodedError } from '../../../shared/core/error.ts';

export interface Start {
  /** From the start of the engine's process until its server listens, by the process's own clock. */
  readonly ownMs: number;
  /** From here to the first line, with the launcher that goes before. */
  readonly wholeMs: number;
}

const root = new URL('../../../', import.meta.url);
const preload = fileURLToPath(new URL('tell-listening.cjs', import.meta.url));
const patienceMs = 30_000;

/** The words of `npm start` after `node`; undefined when there is no such script. */
export function startCommand(): string[] | undefined {
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
    scripts?: Readonly<Record<string, string>>;
  };
  const [node, ...words] = scripts?.['start']?.replace(/^exec /, '').split(' ') ?? [];
  return node === 'node' ? words : undefined;
}

/** Starts what `npm start` starts, with an empty store and a port that the machine chooses, and stops it once it listens. */
export async function startOnce(command: readonly string[], parent: string): Promise<Start> {
  const store = `sqlite:${join(mkdtempSync(join(parent, 'start-')), 'jobs.db')}`;
  const start = performance.now();
  const engine = spawn(process.execPath, [...command, '--port', '0', '--store', store], {
    cwd: fileURLToPath(root),
    env: { ...process.env, NODE_OPTIONS: `--require ${JSON.stringify(preload)}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(engine, 'exit');
  const hung = setTimeout(() => engine.kill('SIGKILL'), patienceMs);
  try {
    const [ownMs, wholeMs] = await Promise.all([
      lineOf(engine.stderr, (line) => /^listening after ([\d.]+) ms$/.exec(line)?.[1]).then(Number),
      lineOf(engine.stdout, () => performance.now() - start),
    ]);
    return { ownMs, wholeMs };
  } finally {
    engine.kill('SIGTERM');
    await ended;
    clearTimeout(hung);
  }
}

/** What `find` makes of the first line that it knows. */
async function lineOf<T>(output: NodeJS.ReadableStream, find: (line: string) => T | undefined): Promise<T> {
  const said: string[] = [];
  for await (const line of createInterface(output)) {
    const found = find(line);
    if (found !== undefined) {
      output.resume();
      return found;
    }
    said.push(line);
  }
  throw new CodedError('not_started', `the engine ended before it listened: ${said.slice(-3).join(' / ')}`);
}
