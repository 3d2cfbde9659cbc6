import type { AuditLine, Job } from '../../../shared/jobs/index.ts';
import type { JobStore } from '../../../shared/ports/index.ts';

type Readable = Pick<JobStore, 'list' | 'load' | 'readAudit'>;

const pageSize = 500;

/** Every job of a store with its whole audit, one after the other. */
export async function* readStored(store: Readable): AsyncGenerator<{ job: Job; lines: readonly AuditLine[] }> {
  for (let pageToken: string | undefined; ; ) {
    const page = await store.list({ size: pageSize, ...(pageToken !== undefined && { pageToken }) });
    for (const { jobId } of page.jobs) yield { job: (await store.load(jobId))!, lines: await wholeAudit(store, jobId) };
    pageToken = page.nextPageToken;
    if (pageToken === undefined) return;
  }
}

async function wholeAudit(store: Readable, jobId: string): Promise<readonly AuditLine[]> {
  const lines: AuditLine[] = [];
  for (;;) {
    const more = await store.readAudit(jobId, lines.at(-1)?.seq ?? 0, 1_000);
    if (more.length === 0) return lines;
    lines.push(...more);
  }
}
