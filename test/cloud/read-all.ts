import type { AuditLine } from '../../shared/jobs/index.ts';
import { finalStates, jobStates } from '../../shared/jobs/index.ts';
import { judgeStored, type StoredJob } from './judge-stored.ts';
import { clock, until, type Workbench } from './workbench.ts';

const openStates = jobStates.filter((state) => !(finalStates as readonly string[]).includes(state));

/** J8: nothing is open any more, children included. */
export async function untilAllEnded({ store }: Workbench, msMost: number): Promise<void> {
  const isOver = async () => (await store.list({ states: openStates, size: 1 })).jobs.length === 0;
  await until('every job ended', isOver, msMost);
  // What is under way in secret would now be heard.
  await clock.sleep(300);
}

/** Every job there is, with its whole audit and its calls. */
export async function readAll({ store, entries }: Workbench): Promise<readonly StoredJob[]> {
  const { jobs } = await store.list({ size: 500 });
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

/** A sentence for everything that is wrong; none is what a test wants. */
export async function judgeAll(bench: Workbench): Promise<readonly string[]> {
  const all = await readAll(bench);
  const known = new Set(all.map(({ job }) => job.id));
  const strays = bench.entries().filter(({ jobId }) => !known.has(jobId));
  return [
    ...all.flatMap((stored) => judgeStored(stored, clock.now())),
    ...strays.map(({ jobId, nodeId }) => `J8: node ${nodeId} of job ${jobId} was called, and the job is not stored`),
  ];
}
