import type { Engine } from '../../../engine/engine.ts';
import type { AuditLine } from '../../../jobs/index.ts';
import { apiLimits } from '../limits.ts';
import { lineStream } from '../line-stream.ts';
import { problem } from '../problem.ts';
import type { Reply } from '../reply.ts';
import { type Desk, defineRoute } from '../route.ts';
import { auditAfter, jobId } from '../schemas/parameters.ts';
import { withJob } from './with-job.ts';

export const exportAudit = defineRoute({
  name: 'exportAudit',
  method: 'GET',
  path: '/api/v3/jobs/{job}/audit/export',
  tag: 'jobs',
  summary: 'Take the whole audit along',
  description:
    'All lines that are stored, in order, a JSON text each (NDJSON). It ends with the last line of a commit, and a stream that breaks off ' +
    'is taken up again with `after`. Lines keep their seals: kept elsewhere, they show whether the audit was altered later.',
  params: { job: jobId },
  query: { after: auditAfter },
  answers: { 200: { description: 'The lines.', mediaType: 'application/x-ndjson' } },
  problems: ['job_not_found', 'too_many_streams'],
  handle: ({ path, query, signal }, desk) =>
    withJob(desk, path.job, async (job) => {
      // Read before the answer begins, so that a store that does not answer is told as a problem.
      const first = await readPage(desk.engine, job.id, query.after ?? 0);
      return openExport(job.id, first, signal, desk);
    }),
});

function openExport(id: string, first: readonly AuditLine[], hungUp: AbortSignal, desk: Desk): Reply {
  const place = desk.streams.enter();
  if (!place) {
    const headers = { 'Retry-After': String(apiLimits.retryAfterSeconds) };
    return problem('too_many_streams', `${apiLimits.streams} streams are open, which are the most`, {}, headers);
  }
  const gone = AbortSignal.any([place.signal, hungUp]);
  gone.addEventListener('abort', () => place.leave(), { once: true });
  const body = lineStream({
    pages: pagesFrom(desk.engine, id, first),
    gone,
    onEnd: (failure) => {
      place.leave();
      if (failure !== undefined) desk.report(failure, `export of the audit of job ${id}`);
    },
  });
  return { kind: 'stream', body, mediaType: 'application/x-ndjson' };
}

/** A page that is not full was the last one: of a job that goes on, the audit as it was then. */
async function* pagesFrom(
  engine: Engine,
  id: string,
  first: readonly AuditLine[],
): AsyncGenerator<readonly AuditLine[]> {
  for (let lines = first; lines.length > 0; ) {
    yield lines;
    if (lines.length < apiLimits.auditSizeMax) return;
    lines = await readPage(engine, id, lines.at(-1)!.seq);
  }
}

function readPage(engine: Engine, id: string, after: number): Promise<readonly AuditLine[]> {
  return engine.readAudit(id, after, apiLimits.auditSizeMax);
}
