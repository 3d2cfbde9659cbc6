import type { AuditBreak, BreakReason } from '../../../jobs/index.ts';
import { unknownJob } from '../refusals.ts';
import { ok } from '../reply.ts';
import { defineRoute } from '../route.ts';
import { auditVerdict } from '../schemas/engine.ts';
import { auditSeal, jobId } from '../schemas/parameters.ts';

export const verifyAudit = defineRoute({
  name: 'verifyAudit',
  method: 'GET',
  path: '/api/v3/jobs/{job}/audit/verify',
  tag: 'jobs',
  summary: 'Find out whether the audit was altered',
  description:
    'Follows the chain of seals through the stored lines to the one that the job keeps. It shows what was altered, dropped, moved or cut ' +
    'off by somebody who did not make the whole chain anew; against that, keep a seal elsewhere and ask for it.',
  params: { job: jobId },
  query: { seal: auditSeal },
  answers: { 200: { description: 'What was found, whole or broken.', schema: auditVerdict } },
  problems: ['job_not_found'],
  handle: async ({ path, query }, desk) => {
    const verdict = await desk.engine.verifyAudit(path.job, query.seal);
    if (!verdict) return unknownJob(path.job);
    return ok({ jobId: path.job, ...verdict, ...(verdict.kind === 'broken' && { message: sentenceOf(verdict) }) });
  },
});

function sentenceOf({ at, from, because }: AuditBreak): string {
  return sentences[because](from < at ? `one of the lines ${from} to ${at}` : `line ${at}`, at);
}

/** Each names the line at which it shows. */
const sentences: Readonly<Record<BreakReason, (where: string, at: number) => string>> = {
  notInPlace: (where) => `${where} is missing or stands elsewhere`,
  sealDiffers: (where, at) => `${where} was altered, or the seal of line ${at} was`,
  endMissing: (where) => `the end is missing from ${where} on`,
  endUnsealed: (where) => `the end has no seal, from ${where} on`,
  endDiffers: (where) => `${where} is the last one, and its seal is not the one that the job keeps`,
  behindEnd: (where) => `${where} stands behind the last one that the job has told`,
  keptSealUnknown: (_, at) => `none of its ${at} lines has the seal that was kept`,
};
