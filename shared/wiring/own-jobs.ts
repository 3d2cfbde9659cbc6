import { isFinal, type Job, nodeAt, nodeIndices } from '../jobs/index.ts';
import type { DueJob, JobStore } from '../ports/index.ts';

/**
 * A shared store as one run sees it: due are only the jobs that the run has had in its hand, and their children. Others belong to
 * whoever serves that store, who may have the handlers which they need. The sweep asks this memory and reads nothing.
 */
export function ownJobs(store: JobStore): JobStore {
  const unfinished = new Map<string, DueJob & { readonly version: number }>();

  function note({ id: jobId, header }: Job): void {
    const { state, nextCheckAt, alarmAt, version } = header;
    // A slow answer may be older than what was committed meanwhile.
    if (version < (unfinished.get(jobId)?.version ?? 0)) return;
    if (nextCheckAt === undefined || isFinal(state)) unfinished.delete(jobId);
    else unfinished.set(jobId, { jobId, version, nextCheckAt, ...(alarmAt !== undefined && { alarmAt }) });
  }

  /** A run that goes on has never seen the children of its job: they are looked at with the next sweep. */
  function noteChildren(job: Job): void {
    for (const jobId of childrenOf(job))
      if (!unfinished.has(jobId)) unfinished.set(jobId, { jobId, version: 0, nextCheckAt: job.header.submittedAt });
  }

  return {
    ...store,
    async create(job, audit, sessions) {
      const created = await store.create(job, audit, sessions);
      if (created.kind === 'created' || created.jobId === job.id) note(job);
      return created;
    },
    async load(jobId, known) {
      const job = await store.load(jobId, known);
      if (!job) unfinished.delete(jobId);
      else {
        note(job);
        if (job !== known) noteChildren(job);
      }
      return job;
    },
    async commit(change) {
      const answer = await store.commit(change);
      if (answer === 'committed') note(change.after);
      return answer;
    },
    async findDue(before, limit, after) {
      const due = [...unfinished.values()].filter(({ nextCheckAt }) => nextCheckAt <= before).toSorted(dueSooner);
      const from = after ? due.findIndex((each) => dueSooner(after, each) < 0) : 0;
      return from < 0 ? [] : due.slice(from, from + limit).map(({ version: _, ...each }) => each);
    },
  };
}

function dueSooner(a: DueJob, b: DueJob): number {
  return a.nextCheckAt - b.nextCheckAt || (a.jobId < b.jobId ? -1 : Number(a.jobId > b.jobId));
}

function childrenOf(job: Job): string[] {
  return nodeIndices(job).flatMap((index) => {
    const run = nodeAt(job, index);
    return run.state === 'waiting' && run.on.kind === 'child' ? [run.on.jobId] : [];
  });
}
