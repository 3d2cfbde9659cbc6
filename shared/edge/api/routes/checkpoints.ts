import { checkpointView } from '../recovery-views.ts';
import { ok } from '../reply.ts';
import { defineRoute } from '../route.ts';
import * as jobs from '../schemas/job.ts';
import { jobId } from '../schemas/parameters.ts';
import * as schemas from '../schemas/recovery.ts';
import { newCheckpoint, restoring } from '../schemas/recovery-request.ts';
import { jobView } from '../views.ts';
import { answered } from './answered.ts';
import { jsonBody } from './bodies.ts';
import { askedFor, operatorAction, replayedHeader } from './operator-action.ts';
import { withJob } from './with-job.ts';

/** States that a job can be restored to. */
const path = '/api/v3/jobs/{job}/checkpoints';
const params = { job: jobId };
const answers = { 200: { description: 'The job after it.', schema: jobs.job, headers: replayedHeader } };

export const takeCheckpoint = defineRoute({
  ...operatorAction,
  name: 'takeCheckpoint',
  path,
  tag: 'recoveries',
  summary: "Capture a job's state under a name",
  description: 'Which outcomes there are. A name that is taken is given to the newer state.',
  params,
  body: jsonBody(newCheckpoint),
  answers,
  handle: async (call, { engine }) => {
    const { job } = call.path;
    return answered(await engine.checkpoint(job, call.body.name, askedFor(call)), { jobId: job }, jobView);
  },
});

export const listCheckpoints = defineRoute({
  name: 'listCheckpoints',
  method: 'GET',
  path,
  tag: 'recoveries',
  summary: "List a job's checkpoints, oldest first",
  params,
  answers: { 200: { description: 'Those that there are now.', schema: schemas.checkpoints } },
  problems: ['job_not_found'],
  handle: ({ path: { job: id } }, desk) =>
    withJob(desk, id, ({ header }) => ok({ jobId: id, checkpoints: (header.checkpoints ?? []).map(checkpointView) })),
});

export const restoreJob = defineRoute({
  ...operatorAction,
  name: 'restoreJob',
  path: '/api/v3/jobs/{job}/restore',
  tag: 'recoveries',
  summary: 'Take a job back to a checkpoint',
  description:
    'Outcomes that the checkpoint captured are kept, everything that came after runs again. A job that has ended goes on as a new run.',
  params,
  body: jsonBody(restoring, false),
  answers,
  handle: async (call, { engine }) => {
    const { job } = call.path;
    return answered(await engine.restore(job, call.body?.checkpoint, askedFor(call)), { jobId: job }, jobView);
  },
});
