import { openSqliteStore } from '../../../shared/adapters/sqlite/job-store.ts';
import type { Job } from '../../../shared/jobs/index.ts';
import { aChange, aJob, succeeded } from '../../support/a-job.ts';

// Commits to 8 jobs for ever and says each version once it is acknowledged, to be killed in the midst of it.
const store = openSqliteStore(process.argv[2]!);

async function commitForEver(jobId: string): Promise<never> {
  if (!(await store.load(jobId))) await store.create(aJob(jobId).build(), []);
  let job: Job = (await store.load(jobId))!;
  for (;;) {
    const result = succeeded(`version ${job.header.version + 1} ${'x'.repeat(2_000)}`);
    const change = aChange(job, { nodes: { 0: result }, audit: (job.header.version % 40) + 1 });
    await store.commit(change);
    job = change.after;
    process.stdout.write(`${jobId} ${job.header.version}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, (_, at) => commitForEver(`job-${at}`)));
