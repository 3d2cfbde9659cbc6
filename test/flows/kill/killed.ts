import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSqliteStore } from '../../../shared/adapters/sqlite/job-store.ts';
import { verifyStoredAudit } from '../../../shared/engine/verify-audit.ts';
import { type AuditVerdict, type Job, nodeAt, nodeIdAt, nodeIndices } from '../../../shared/jobs/index.ts';
import type { JobStore } from '../../../shared/ports/index.ts';

const root = resolve(import.meta.dirname, '../../..');
const breakwater = join(root, 'shared/wiring/breakwater.mjs');

export interface GridNode {
  readonly id: string;
  readonly dependsOn: readonly string[];
}

/** A folder with a job of 1,000 nodes unless said, a store, and the record of every run of a node; and processes to be killed. */
export interface Bench {
  readonly store: string;
  readonly file: string;
  start(args: readonly string[]): ChildProcess;
  /** Node ids in the order of their runs, each as often as it ran. */
  runs(): readonly string[];
  /** The job as the dead process left it; undefined when it had not accepted one. */
  load(): Promise<Job | undefined>;
  /** Whether its audit is whole in what the dead process left; undefined when it had not accepted one. */
  verify(): Promise<AuditVerdict | undefined>;
  clear(): void;
}

export function aBench(document: unknown = gridOf(25)): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-kill-'));
  const [store, file, record] = ['store.db', 'grid.json', 'runs.txt'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(file, JSON.stringify(document));
  writeFileSync(record, '');
  const env = { ...process.env, RECORD_FILE: record, XDG_DATA_HOME: folder };
  const handlers = join(import.meta.dirname, 'recording-handlers.ts');

  async function look<Seen>(see: (opened: JobStore, jobId: string) => Promise<Seen>): Promise<Seen | undefined> {
    if (!existsSync(store)) return undefined;
    const opened = openSqliteStore(store);
    try {
      const [first] = (await opened.list({ size: 1 })).jobs;
      return first && (await see(opened, first.jobId));
    } finally {
      opened.close();
    }
  }

  return {
    store,
    file,
    start: (args) => {
      const engine = ['--store', `sqlite:${store}`, '--handlers', handlers];
      return spawn(process.execPath, [breakwater, ...args, ...engine], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    },
    runs: () =>
      readFileSync(record, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => line.split(' ')[0]!),
    load: () => look((opened, jobId) => opened.load(jobId)),
    verify: () => look((opened, jobId) => verifyStoredAudit(opened, async () => {}, jobId)),
    clear: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Rows of 40 nodes, each after two of the row above, so that at most 40 can run at once: 25 of them are 1,000 nodes. */
export function gridOf(
  rows: number,
  more: object = {},
): { readonly name: string; readonly nodes: readonly GridNode[] } {
  const nodes = Array.from({ length: rows * 40 }, (_, n) => {
    const [row, column] = [Math.floor(n / 40), n % 40];
    const above = row === 0 ? [] : [`n${n - 40}`, `n${(row - 1) * 40 + ((column + 1) % 40)}`];
    return { id: `n${n}`, type: 'function', handler: 'record', input: n, dependsOn: above, ...more };
  });
  return { name: 'grid', nodes };
}

/** Ids of the nodes that have a durable outcome, with their results. */
export function outcomesOf(job: Job): Map<string, unknown> {
  const settled = nodeIndices(job).flatMap((index): [string, unknown][] => {
    const run = nodeAt(job, index);
    return run.state === 'succeeded' ? [[nodeIdAt(job, index), run.result]] : [];
  });
  return new Map(settled);
}

/** Kills the process after `ms`, or sooner when it ends by itself. Resolves once it is gone. */
export async function killAfter(child: ChildProcess, ms: number): Promise<void> {
  const ended = once(child, 'exit');
  await Promise.race([ended, sleep(ms)]);
  if (child.exitCode === null) child.kill('SIGKILL');
  await ended;
}

export async function textOf(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  const texts = { out: '', err: '' };
  child.stdout!.on('data', (chunk: Buffer) => (texts.out += chunk));
  child.stderr!.on('data', (chunk: Buffer) => (texts.err += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...texts };
}

/** The line that a server begins with. */
export async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout!) {
    text += chunk;
    if (text.includes('\n')) return text.slice(0, text.indexOf('\n'));
  }
  throw new Error('it ended without a line');
}
