import { optionsOf, prescribe } from '../../../recovery/index.ts';
import { openRecoveryView } from '../recovery-views.ts';
import { unknownJob } from '../refusals.ts';
import { ok } from '../reply.ts';
import { defineRoute } from '../route.ts';
import { jobId } from '../schemas/parameters.ts';
import * as schemas from '../schemas/recovery.ts';

export const diagnoseJob = defineRoute({
  name: 'diagnoseJob',
  method: 'GET',
  path: '/api/v3/jobs/{job}/diagnosis',
  tag: 'recoveries',
  summary: 'Find out what is wrong with a job',
  description:
    'As it stands at this moment, with what its rules would do about it and what can be asked for. Nothing changes.',
  params: { job: jobId },
  answers: { 200: { description: 'What was found.', schema: schemas.diagnosis } },
  problems: ['job_not_found'],
  async handle({ path }, { engine, clock }) {
    const findings = await engine.diagnose(path.job);
    const job = findings && (await engine.get(path.job));
    if (!job) return unknownJob(path.job);
    const now = clock.now();
    const { recovery, state } = job.header;
    const remedy = prescribe(job, findings, now);
    return ok({
      jobId: job.id,
      state,
      findings,
      ...(recovery && { recovery: standingOf(openRecoveryView(recovery)) }),
      ...(remedy && { remedy: { action: remedy.choice.action, finding: remedy.finding, because: remedy.because } }),
      options: optionsOf(job, now),
    });
  },
});

function standingOf({ recoveryId, state, finding, options }: ReturnType<typeof openRecoveryView>) {
  return { recoveryId, state, finding, options };
}
