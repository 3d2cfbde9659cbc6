import { type AuditVerdict, openAuditCheck } from '../jobs/index.ts';
import type { JobStore } from '../ports/index.ts';

type Stored = Pick<JobStore, 'load' | 'readAudit'>;

const pageSize = 1_000;

/**
 * Holds a job's stored audit against its stored header, page by page: undefined for an unknown job. The header is read first, and what it
 * counts is stored already, so that a job that goes on meanwhile is judged as of that moment. `rest` is asked between two pages, since
 * an audit may be long and a store may answer without a pause.
 */
export async function verifyStoredAudit(
  store: Stored,
  rest: () => Promise<void>,
  jobId: string,
  keptSeal?: string,
): Promise<AuditVerdict | undefined> {
  const job = await store.load(jobId);
  if (!job) return undefined;
  const check = openAuditCheck(job, keptSeal);
  const { auditCount } = job.header;
  for (let seen = 0; seen < auditCount; ) {
    const lines = await store.readAudit(jobId, seen, Math.min(pageSize, auditCount - seen));
    for (const line of lines) {
      const broken = check.see(line);
      if (broken) return broken;
    }
    if (lines.length === 0) break;
    seen += lines.length;
    await rest();
  }
  const verdict = check.end();
  return verdict.kind === 'whole' && (await hasStray(store, jobId, auditCount))
    ? { kind: 'broken', at: auditCount + 1, from: auditCount + 1, because: 'behindEnd' }
    : verdict;
}

/** Whether there is a line that the job has not told, not even by now. */
async function hasStray(store: Stored, jobId: string, auditCount: number): Promise<boolean> {
  const [beyond] = await store.readAudit(jobId, auditCount, 1);
  if (!beyond) return false;
  const job = await store.load(jobId);
  return job !== undefined && job.header.auditCount <= auditCount;
}
