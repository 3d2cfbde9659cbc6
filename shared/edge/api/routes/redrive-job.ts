import { z } from 'zod';
import type { Json } from '../../../core/json.ts';
import { parseJob } from '../../../engine/parse-job.ts';
import type { Redriven } from '../../../engine/redrive-job.ts';
import { jobDocument } from '../../../jobs/document/index.ts';
import { type JobSpec, limits } from '../../../jobs/index.ts';
import { faulty } from '../answer-call.ts';
import { apiLimits } from '../limits.ts';
import type { FieldError } from '../problem.ts';
import { unknownNode } from '../refusals.ts';
import type { Reply } from '../reply.ts';
import { type BodyReader, defineRoute } from '../route.ts';
import { anyJson, reason } from '../schemas/common.ts';
import * as jobs from '../schemas/job.ts';
import { jobId } from '../schemas/parameters.ts';
import { jobView } from '../views.ts';
import { answered } from './answered.ts';
import { jsonBody } from './bodies.ts';
import { askedFor, operatorAction, replayedHeader } from './operator-action.ts';

const plain = z.strictObject({
  ...reason.unwrap().shape,
  nodes: z
    .array(z.string().max(limits.nameChars))
    .max(limits.nodesPerJob)
    .optional()
    .describe('Ids of nodes that run again whatever became of them, and all that is built on them.'),
  input: anyJson.optional().describe("Takes the place of the job's input."),
});

const redrive = plain
  .extend({
    spec: jobDocument
      .optional()
      .describe("Takes the place of the job's spec: the same nodes, of which those may differ that run again."),
  })
  .meta({ id: 'Redrive' });

interface RedriveBody extends z.infer<typeof plain> {
  readonly spec?: JobSpec;
}

/** The spec is read as at submit; its faults have its name in front of their paths. */
const body: BodyReader<RedriveBody | undefined> = {
  schema: redrive,
  required: false,
  yaml: true,
  limitBytes: apiLimits.jobBytes + apiLimits.valueBytes,
  faultCode: 'invalid_request',
  async read(document, now, repeated, policies) {
    const { spec, ...rest } = typeof document === 'object' && document !== null ? { spec: undefined, ...document } : {};
    const given = document === undefined || spec === undefined ? document : rest;
    const read = await jsonBody(plain.optional()).read(given, now, repeated, policies);
    if (read.kind === 'faults' || spec === undefined) return read;
    const parsed = await parseJob(policies, spec, now, repeated);
    if (parsed.kind === 'faults') return { kind: 'faults', faults: parsed.faults.map(inSpec) };
    const unknown = parsed.asked?.unknown ?? [];
    if (unknown.length > 0) return { kind: 'faults', faults: unknown.map(inSpec) };
    return { kind: 'read', body: { ...read.body, spec: parsed.spec } };
  },
};

export const redriveJob = defineRoute({
  ...operatorAction,
  name: 'redriveJob',
  path: '/api/v3/jobs/{job}/redrive',
  tag: 'jobs',
  params: { job: jobId },
  body,
  summary: 'Have a job go on after its end',
  description:
    'The job goes on as a new run, with the same id and audit, from what keeps it from success: failed and cancelled nodes run again, all results are kept. Nodes that are named run again whatever became of them, also in a job that has not ended. The input may be corrected, and the spec of what runs again. At most a year after the end.',
  answers: { 200: { description: 'The job after it.', schema: jobs.job, headers: replayedHeader } },
  problems: ['node_not_found', 'spec_does_not_fit', ...operatorAction.problems],
  async handle(call, { engine }): Promise<Reply> {
    const { nodes, input, spec } = call.body ?? {};
    const options = {
      ...(nodes && { nodes }),
      ...(input !== undefined && { input: input as Json }),
      ...(spec && { spec }),
    };
    return replyOf(await engine.redrive(call.path.job, options, askedFor(call)), call.path.job);
  },
});

function replyOf(answer: Redriven, jobId: string): Reply {
  if (answer.kind === 'doesNotFit') return faulty('spec_does_not_fit', answer.faults.map(inSpec));
  if (answer.kind === 'refused' && answer.unknown !== undefined) return unknownNode(answer.job, answer.unknown);
  return answered(answer, { jobId }, jobView);
}

function inSpec({ path, message }: FieldError): FieldError {
  return { path: path === '' ? 'spec' : `spec.${path}`, message };
}
