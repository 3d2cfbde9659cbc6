import { expect } from '@jest/globals';
import { type AuditLine, isFinal, isSettled, type JobState } from '../../shared/jobs/index.ts';
import { judgeStored, type StoredJob } from './judge-stored.ts';
import type { Plan } from './shapes.ts';
import { clock, until, type Workbench } from './workbench.ts';

/** By the id of each job that a test has submitted. */
export type Ends = ReadonlyMap<string, JobState>;

/** All of them at once, each under its name as the key; with what must come of each. */
export async function submitAll({ api }: Workbench, plans: readonly Plan[]): Promise<Ends> {
  const submitted = plans.map(async ({ spec, ends }) => [await api.submit(spec, String(spec['name'])), ends] as const);
  return new Map(await Promise.all(submitted));
}

/** J8: waits until nothing is open, children included; then every law is asked of every job. Gives all that is stored. */
export async function endLawfully(bench: Workbench, msMost: number): Promise<readonly StoredJob[]> {
  const isOver = async () => (await openJobs(bench)).length === 0;
  await until('every job ended', isOver, msMost).catch(async (late: unknown) => {
    throw new Error(
      `${String(late)}\nopen: ${await openJobs(bench)}\n${await lastOfOpen(bench)}\n${bench.reports.join('\n')}`,
    );
  });
  // What is under way in secret would now be heard.
  await clock.sleep(300);
  const stored = await readAll(bench);
  expect(faultsOf(bench, stored)).toEqual([]);
  return stored;
}

/** Of the jobs that were submitted: children have none but their parents. */
export function endsOf(stored: readonly StoredJob[]): Ends {
  const roots = stored.map(({ job }) => job).filter(({ header }) => !header.parent);
  return new Map(roots.map(({ id, header }) => [id, header.state]));
}

const jobsMost = 500;

/** Not asked for by state: that takes several queries, and a job that moves on between them is in none. */
async function openJobs({ store }: Workbench): Promise<readonly string[]> {
  const { jobs } = await store.list({ size: jobsMost });
  return jobs.flatMap(({ jobId, name, state }) => (isFinal(state) ? [] : `${name} ${jobId} (${state})`));
}

/** What an open job did last, and what it is waiting for. */
async function lastOfOpen({ store }: Workbench): Promise<string> {
  const { jobs } = await store.list({ size: jobsMost });
  const open = jobs.filter(({ state }) => !isFinal(state));
  const told = open.map(async ({ jobId }) => {
    const job = (await store.load(jobId))!;
    const lines = (await wholeAudit(store, jobId)).slice(-30).map((line) => JSON.stringify(line));
    const open = job.pages.flatMap((page) => page.nodes).filter(({ state }) => !isSettled(state));
    return [JSON.stringify({ ...job.header, open: open.slice(0, 20), now: clock.now() }), ...lines];
  });
  return (await Promise.all(told)).flat().join('\n');
}

/** Every job there is, with its whole audit and its calls. */
async function readAll({ store, entries }: Workbench): Promise<readonly StoredJob[]> {
  const { jobs } = await store.list({ size: jobsMost });
  const noted = Map.groupBy(entries(), ({ jobId }) => jobId);
  return Promise.all(
    jobs.map(async ({ jobId }) => ({
      job: (await store.load(jobId))!,
      lines: await wholeAudit(store, jobId),
      entries: noted.get(jobId) ?? [],
    })),
  );
}

async function wholeAudit(store: Workbench['store'], jobId: string): Promise<readonly AuditLine[]> {
  const lines: AuditLine[] = [];
  for (;;) {
    const more = await store.readAudit(jobId, lines.at(-1)?.seq ?? 0, 1_000);
    lines.push(...more);
    if (more.length === 0) return lines;
  }
}

function faultsOf({ entries }: Workbench, stored: readonly StoredJob[]): readonly string[] {
  const known = new Set(stored.map(({ job }) => job.id));
  const strays = entries().filter(({ jobId }) => !known.has(jobId));
  return [
    ...stored.flatMap((each) => judgeStored(each, clock.now())),
    ...strays.map(({ jobId, nodeId }) => `J8: node ${nodeId} of job ${jobId} was called, and the job is not stored`),
  ];
}
