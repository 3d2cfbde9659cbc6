import { z } from 'zod';
import { jobStates, nodeStates } from '../../../jobs/index.ts';
import { anyJson, at, failure, page } from './common.ts';
import { checkpoint, finding, openStates, options } from './recovery.ts';

const counts = z.object(Object.fromEntries(nodeStates.map((state) => [state, z.number().int().min(0)])));
const state = z.enum(jobStates).meta({ id: 'JobState', description: 'The last three are final.' });

export const submitted = z.object({ jobId: z.string(), href: z.string() }).meta({ id: 'Submitted' });

export const job = z
  .object({
    jobId: z.string(),
    name: z.string(),
    description: z.string().optional(),
    state,
    run: z.int().describe('1, and one more each time that the job went on after its end.'),
    priority: z.number(),
    submittedAt: at,
    startAt: at.optional(),
    startedAt: at.optional(),
    endedAt: at.optional(),
    deadlineAt: at.optional(),
    paused: z
      .object({
        since: at,
        by: z.string(),
        cause: z
          .string()
          .optional()
          .describe(
            'Where nobody asked for it: `compensationFailed`, and the rollback waits for a decision on it; `escalated`.',
          ),
      })
      .optional(),
    rollback: z
      .object({ since: at, by: z.string(), stage: z.enum(['ending', 'compensating']) })
      .optional()
      .describe('While it is rolled back: first what runs is left to end.'),
    compensations: z
      .object({ total: z.int(), succeeded: z.int(), skipped: z.int(), failed: z.int() })
      .optional()
      .describe('Of a job that was rolled back: what became of the compensations.'),
    recovery: z
      .object({ recoveryId: z.string(), state: z.enum(openStates), startedAt: at, finding, options })
      .optional()
      .describe('The one that acts on the job; its `options` are what may be answered.'),
    checkpoints: z.array(checkpoint).optional().describe('What it can be restored to, oldest first.'),
    parent: z.object({ jobId: z.string(), nodeId: z.string(), attempt: z.number().int() }).optional(),
    nodes: z.number().int().describe('Nodes of the spec, items that maps added, and compensations.'),
    counts: counts.describe('Nodes by state.'),
    auditCount: z.number().int(),
    failure: failure.optional(),
    result: anyJson.optional().describe('Of a completed job.'),
  })
  .meta({ id: 'Job' });

const jobSummary = z
  .object({
    jobId: z.string(),
    name: z.string(),
    state,
    priority: z.number(),
    submittedAt: at,
    endedAt: at.optional(),
    parentJobId: z.string().optional(),
    fingerprint: z.string().describe('The same for jobs of the same spec.'),
  })
  .meta({ id: 'JobSummary' });

export const jobPage = z.object({ jobs: z.array(jobSummary), page }).meta({ id: 'JobPage' });

export const progress = z
  .object({
    jobId: z.string(),
    state,
    percent: z.number().min(0).max(100),
    settled: z.number().int(),
    total: z.number().int(),
    counts,
    elapsedMs: z.number().nullable(),
    estimate: z
      .object({ remainingMs: z.number(), endsAt: at, unknownNodes: z.number().int() })
      .nullable()
      .describe(
        'From what is expected of the nodes left and what nodes like them took; null when nothing is known to go by.',
      ),
  })
  .meta({ id: 'Progress' });

const nodeReport = z.object({
  id: z.string(),
  state: z.enum(nodeStates),
  attempts: z.number().int(),
  startedAt: at.nullable(),
  endedAt: at.nullable(),
});

export const report = z
  .object({
    jobId: z.string(),
    state,
    nodes: z.array(nodeReport),
    makespanMs: z.number().nullable(),
    criticalPathMs: z.number(),
    sequentialMs: z.number(),
    store: z
      .object({ reads: z.number(), writes: z.number(), deletes: z.number(), conflicts: z.number() })
      .describe('Operations of the whole engine since its start.'),
    fsyncs: z.number(),
  })
  .meta({ id: 'Report' });

export const plan = z
  .object({
    valid: z.literal(true),
    name: z.string(),
    nodes: z.number().int(),
    edges: z.number().int(),
    parallelGroups: z.array(z.array(z.string())).describe('Nodes of a group need only groups before theirs.'),
    criticalPath: z.object({ nodes: z.array(z.string()), expectedMs: z.number() }),
  })
  .meta({ id: 'Plan' });
