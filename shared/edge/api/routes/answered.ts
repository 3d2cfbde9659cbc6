import type { Answer } from '../../../engine/engine.ts';
import type { Job } from '../../../jobs/index.ts';
import { type Problem, problems } from '../problem.ts';
import { refusalProblem, unknownJob, unknownNode } from '../refusals.ts';
import { ok, type Reply } from '../reply.ts';

/** The engine's answer in the words of the API. What had been done before is done: the caller is only told so. */
export function answered(
  answer: Answer,
  about: { jobId: string; nodeId?: string },
  view: (job: Job) => unknown,
): Reply {
  switch (answer.kind) {
    case 'done':
      return ok(view(answer.job));
    case 'repeated':
      return ok(view(answer.job), replayed);
    case 'refused':
      return refused(answer, about.nodeId);
    case 'unknownJob':
      return unknownJob(about.jobId);
  }
}

function refused({ because, job }: Extract<Answer, { kind: 'refused' }>, nodeId: string | undefined): Problem {
  return because === 'unknownNode' ? unknownNode(job, nodeId ?? '') : refusalProblem(because, job, nodeId);
}

export const replayed = { 'Idempotency-Replayed': 'true' } as const;

/** All verdicts that a route which changes a job can meet. */
export const conflicts = (Object.keys(problems) as (keyof typeof problems)[]).filter(
  (code) => problems[code].status === 409 && !code.startsWith('policy_'),
);
