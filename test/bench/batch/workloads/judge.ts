import { join } from 'node:path';
import { openSqliteStore } from '../../../../shared/adapters/sqlite/job-store.ts';
import { requestOf } from '../../../../shared/jobs/batch/index.ts';
import { batchId, nameFor, type ShopGiven } from './shop.ts';

export interface Judged {
  /** Jobs whose audit tells of the batch once, never, or more often. */
  readonly once: number;
  readonly never: number;
  readonly twice: number;
  /** Jobs that have a result, each counted once, and results beyond that. */
  readonly told: number;
  readonly toldTwice: number;
}

/** What the audit of each job says, and the results of the batch. */
export async function measure({ dir }: ShopGiven): Promise<Judged> {
  const store = openSqliteStore(join(dir, 'jobs.db'));
  const request = requestOf(`${batchId}-redrive`);
  const times = new Map<number, number>();
  for (let pageToken: string | undefined, isLast = false; !isLast; ) {
    const query = { name: nameFor('redrive'), size: 1_000 };
    const page = await store.list(pageToken === undefined ? query : { ...query, pageToken });
    for (const { jobId } of page.jobs) {
      const lines = await store.readAudit(jobId, 0, 1_000);
      const count = lines.filter((line) => line.request === request).length;
      times.set(count, (times.get(count) ?? 0) + 1);
    }
    pageToken = page.nextPageToken;
    isLast = pageToken === undefined;
  }
  const results = (await store.batches.readResults(`${batchId}-redrive`, 0, 100_000)).flat();
  store.close();
  const told = new Set(results.map(({ jobId }) => jobId)).size;
  const [once = 0, never = 0] = [times.get(1), times.get(0)];
  const twice = [...times].reduce((sum, [count, jobs]) => sum + (count > 1 ? jobs : 0), 0);
  return { once, never, twice, told, toldTwice: results.length - told };
}
