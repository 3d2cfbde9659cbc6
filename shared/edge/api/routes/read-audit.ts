import { apiLimits } from '../limits.ts';
import { ok } from '../reply.ts';
import { defineRoute } from '../route.ts';
import { audit } from '../schemas/engine.ts';
import { auditAfter, auditSize, jobId } from '../schemas/parameters.ts';
import { withJob } from './with-job.ts';

export const readAudit = defineRoute({
  name: 'readAudit',
  method: 'GET',
  path: '/api/v3/jobs/{job}/audit',
  tag: 'jobs',
  summary: 'Read what happened to a job, in order',
  params: { job: jobId },
  query: { after: auditAfter, size: auditSize },
  answers: { 200: { description: 'Audit lines.', schema: audit } },
  problems: ['job_not_found'],
  handle: ({ path, query }, desk) =>
    withJob(desk, path.job, async () => {
      const { after = 0, size = apiLimits.auditSize } = query;
      const found = await desk.engine.readAudit(path.job, after, size + 1);
      const lines = found.slice(0, size);
      return ok({ lines, page: { size, has_next: found.length > size, after: lines.at(-1)?.seq ?? after } });
    }),
});
