import type { Reply } from '../reply.ts';
import { type Desk, defineRoute } from '../route.ts';
import * as jobs from '../schemas/job.ts';
import { jobId } from '../schemas/parameters.ts';
import { jobView } from '../views.ts';
import { answered } from './answered.ts';
import { askedFor, type OperatorCall, operatorAction, reasonBody, replayedHeader } from './operator-action.ts';

const common = {
  ...operatorAction,
  tag: 'jobs',
  params: { job: jobId },
  body: reasonBody,
  answers: { 200: { description: 'The job after it.', schema: jobs.job, headers: replayedHeader } },
} as const;

export const cancelJob = defineRoute({
  ...common,
  name: 'cancelJob',
  path: '/api/v3/jobs/{job}/cancel',
  summary: 'Cancel a job',
  description: 'Attempts under way are told to stop and what they say later changes nothing.',
  handle: steer('cancel'),
});

export const pauseJob = defineRoute({
  ...common,
  name: 'pauseJob',
  path: '/api/v3/jobs/{job}/pause',
  summary: 'Pause a job',
  description: 'Attempts under way go on to their end; no other starts.',
  handle: steer('pause'),
});

export const resumeJob = defineRoute({
  ...common,
  name: 'resumeJob',
  path: '/api/v3/jobs/{job}/resume',
  summary: 'Resume a paused job',
  handle: steer('resume'),
});

export const rollbackJob = defineRoute({
  ...common,
  name: 'rollbackJob',
  path: '/api/v3/jobs/{job}/rollback',
  summary: 'Take back what a job did',
  description:
    'In whatever state it is, also after its end. What has not begun is cancelled, what runs ends first; then every node that succeeded and has a `compensate` is compensated once, what was built on it before it. The job ends as failed when a failure had brought it to this, else as aborted.',
  handle: steer('rollback'),
});

function steer(action: 'cancel' | 'pause' | 'resume' | 'rollback') {
  return async (call: OperatorCall & { readonly path: { readonly job: string } }, { engine }: Desk): Promise<Reply> => {
    const { job } = call.path;
    return answered(await engine[action](job, askedFor(call)), { jobId: job }, jobView);
  };
}
