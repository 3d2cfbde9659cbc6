import { z } from 'zod';
import { jobStates, limits, nodeStates, type RecoverySession } from '../../../jobs/index.ts';
import { findingKinds, recoveryActions } from '../../../policy/recovery/index.ts';
import { at, page } from './common.ts';
import { jobId, pageSize, pageToken } from './parameters.ts';

/** Recovery sessions as the API shows them. */

export const recoveryStates = [
  'acting',
  'escalated',
  'succeeded',
  'failed',
  'cancelled',
] as const satisfies readonly RecoverySession['state'][];

export const openStates = ['acting', 'escalated'] as const;

export const recoveryId = z
  .string()
  .min(1)
  .max(limits.nameChars + '.r99999'.length)
  .describe("Id of a recovery: its job's, `.r` and a number.");

const states = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(['open', ...recoveryStates])).max(recoveryStates.length + 1))
  .transform((given) => [...new Set(given.flatMap((each) => (each === 'open' ? openStates : [each])))])
  .optional()
  .describe(`One state or several with commas: ${recoveryStates.join(', ')}; \`open\` is ${openStates.join(' or ')}.`)
  .meta({ type: 'array', items: { type: 'string', enum: ['open', ...recoveryStates] } });

export const listing = { state: states, job: jobId.optional(), size: pageSize, page_token: pageToken };

export const finding = z
  .object({
    kind: z.enum(findingKinds),
    node: z.string().optional(),
    attempt: z.int().optional(),
    code: z.string().optional().describe('Of the failure.'),
    message: z.string(),
  })
  .meta({ id: 'Finding' });

const option = z.enum([...recoveryActions, 'fail']);
export const options = z.array(option).describe('`fail`: the failure stands.');

const escalation = z.object({
  since: at,
  finding: finding.describe('What was asked about last.'),
  question: z.int().describe('Rises with everything that is asked about.'),
  to: z.string().optional().describe('Who is told; absent where it waits in the list.'),
  options: options.describe('What may be answered.'),
  tellings: z.int().describe('How often `to` was called.'),
  tellAt: at.optional().describe('When `to` is called next; absent once the call was taken.'),
});

const step = z.object({
  at,
  action: option,
  node: z.string().optional(),
  by: z.string(),
  because: z.string(),
});

export const recovery = z
  .object({
    recoveryId: z.string(),
    jobId: z.string(),
    state: z.enum(recoveryStates).describe('The first two are open.'),
    startedAt: at,
    endedAt: at.optional(),
    by: z.string(),
    finding,
    nodes: z
      .array(z.string())
      .optional()
      .describe(`Ids of the nodes that it is about, of many the first ${limits.recoveryNodesTold}. Not in lists.`),
    steps: z.array(step).describe(`The last ${limits.recoveryStepsKept}, oldest first; the audit has them all.`),
    stepCount: z.int(),
    checkpoint: z.string().optional().describe('The state that the job had before it can be restored by this name.'),
    escalation: escalation.optional(),
  })
  .meta({ id: 'Recovery' });

export const recoveryPage = z.object({ recoveries: z.array(recovery), page }).meta({ id: 'RecoveryPage' });

const waitsFor = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('answer'),
    since: at,
    nodes: z.array(z.string()).describe('Those that wait for it; empty where it is about the job.'),
    to: z.string().optional(),
  }),
  z.object({ kind: z.literal('resume'), since: at, by: z.string() }).describe('The job is paused.'),
  z.object({ kind: z.literal('compensations'), total: z.int(), settled: z.int() }),
  z.object({ kind: z.literal('retry'), node: z.string(), at }).describe('The next of its retries.'),
  z.object({ kind: z.literal('nodes'), left: z.int() }),
  z.object({ kind: z.literal('job') }).describe("The job's end."),
]);

export const recoveryProgress = z
  .object({
    recoveryId: z.string(),
    jobId: z.string(),
    state: z.enum(recoveryStates),
    job: z.enum(jobStates).describe("The job's state."),
    settled: z.int().describe('Of its nodes, those that have settled.'),
    total: z.int(),
    nodes: z.array(z.object({ id: z.string(), state: z.enum(nodeStates) })),
    steps: z.int().describe('So far.'),
    waitsFor: waitsFor.nullable().describe('null once it has ended.'),
    options: options.describe('What may be answered now.'),
  })
  .meta({ id: 'RecoveryProgress' });

export const diagnosis = z
  .object({
    jobId: z.string(),
    state: z.enum(jobStates),
    findings: z
      .array(finding)
      .describe('First of nodes, in their order, then of the job. Empty where nothing is wrong.'),
    recovery: z
      .object({ recoveryId: z.string(), state: z.enum(recoveryStates), finding, options })
      .optional()
      .describe('The one that is open, and what it may be answered.'),
    remedy: z
      .object({ action: option, finding, because: z.string() })
      .optional()
      .describe("What the job's own rules would do if they were asked now."),
    options: z.array(z.enum(recoveryActions)).describe('Actions that can be asked for now.'),
  })
  .meta({ id: 'Diagnosis' });

export const checkpoint = z
  .object({
    name: z.string(),
    at,
    by: z
      .string()
      .describe(
        'An operator, the node whose success it captured, or who began the recovery before which it was taken.',
      ),
    run: z.int().describe('The run of the job.'),
    outcomes: z.int().describe('How many nodes had an outcome that it keeps.'),
  })
  .meta({ id: 'Checkpoint' });

export const checkpoints = z
  .object({ jobId: z.string(), checkpoints: z.array(checkpoint).describe('Oldest first.') })
  .meta({ id: 'Checkpoints' });
