import type { Answer } from '../../../engine/engine.ts';
import type { Job } from '../../../jobs/index.ts';
import { type Problem, problems } from '../problem.ts';
import { refusalProblem, unknownJob, unknownNode } from '../refusals.ts';
import { ok, type Reply } from '../reply.ts';

/** The engine's answer in the words of the API. What had been done before is done: the caller is only told so. */
export function answered(answer: Answer, about: AskedOf, view: (job: Job) => unknown): Reply {
  switch (answer.kind) {
    case 'done':
      return ok(view(answer.job));
    case 'repeated':
      return ok(view(answer.job), replayed);
    case 'refused':
    case 'unknownJob':
      return problemOf(answer, about);
  }
}

/** Which job was asked for something, and which node of it. */
export interface AskedOf {
  readonly jobId: string;
  readonly nodeId?: string;
  readonly recoveryId?: string;
}

export type Denied = Extract<Answer, { kind: 'refused' | 'unknownJob' }>;

export function problemOf(answer: Denied, { jobId, nodeId }: AskedOf): Problem {
  if (answer.kind === 'unknownJob') return unknownJob(jobId);
  const { because, job } = answer;
  return because === 'unknownNode' ? unknownNode(job, nodeId ?? '') : refusalProblem(because, job, nodeId);
}

export const replayed = { 'Idempotency-Replayed': 'true' } as const;

/** All verdicts that a route which changes a job can meet. */
export const conflicts = (Object.keys(problems) as (keyof typeof problems)[]).filter(
  (code) => problems[code].status === 409 && !/^(?:policy|batch)_/.test(code),
);
