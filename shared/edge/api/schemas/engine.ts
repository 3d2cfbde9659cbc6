import { z } from 'zod';
import { breakReasons, jobStates, nodeStates } from '../../../jobs/index.ts';
import { findingKinds, recoveryActions } from '../../../policy/recovery/index.ts';
import { at, failure } from './common.ts';

const seal = z.string();

export const auditLine = z
  .object({
    seq: z.number().int().describe('1, 2, 3 … within the job, without a gap.'),
    at,
    event: z.string(),
    job: z.enum(jobStates).optional().describe("The job's state after this line, when it changed."),
    node: z.string().optional(),
    attempt: z.number().int().optional(),
    from: z.enum(nodeStates).optional().describe("The node's state before this line, where recovery changed it."),
    to: z.enum(nodeStates).optional().describe("The node's state after this line."),
    run: z.int().optional().describe('Which run of the job begins with this line, after the first.'),
    because: z.string().optional(),
    by: z.string().optional(),
    request: z.string().optional().describe("The idempotency key of the operator's request that this came by."),
    trace: z.string().optional().describe('The trace of the call that this came by, as in its `traceparent`.'),
    session: z.string().optional().describe('The recovery session that this line belongs to.'),
    action: z
      .enum([...recoveryActions, 'fail'])
      .optional()
      .describe('What the session did.'),
    finding: z.enum(findingKinds).optional().describe('What was found to be wrong.'),
    failure: failure.optional(),
    retryAt: at.optional(),
    items: z.number().int().optional(),
    undos: z.array(z.string()).optional().describe('Compensations that a rollback has added.'),
    seal: seal.optional().describe('Of the last line of a commit: it binds its lines to all before them.'),
  })
  .meta({ id: 'AuditLine' });

export const audit = z
  .object({
    lines: z.array(auditLine),
    page: z.object({
      size: z.number().int(),
      has_next: z.boolean(),
      after: z.number().int().describe('What `after` is for the next lines.'),
    }),
  })
  .meta({ id: 'Audit' });

const line = z.number().int();

export const auditVerdict = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('whole'),
      jobId: z.string(),
      lines: line.describe('How many there are.'),
      unsealedUntil: line.describe('Lines up to this one were stored before there were seals; 0 when all are sealed.'),
      seal: seal.optional().describe('The last one. Kept elsewhere, it can be asked for later.'),
    }),
    z.object({
      kind: z.literal('broken'),
      jobId: z.string(),
      at: line.describe('The line at which it shows.'),
      from: line.describe('Lines from here to `at` were sealed together: one of them was altered.'),
      because: z.enum(breakReasons),
      message: z.string().describe('The same in words.'),
    }),
  ])
  .meta({ id: 'AuditVerdict' });

const count = z.number();

export const health = z
  .object({
    status: z.enum(['ok', 'degraded', 'starting', 'stopping', 'stopped']),
    version: z.string(),
    now: at,
    engine: z.object({
      state: z.enum(['starting', 'running', 'stopping', 'stopped']),
      owner: z.string(),
      runningAttempts: count,
      concurrency: count,
      jobsInMemory: count,
      missingHandlers: z.array(z.string()).describe('Handlers that ready nodes wait for and nobody registered here.'),
      openStreams: count,
      store: z.object({ reads: count, writes: count, deletes: count, conflicts: count, commits: count, fsyncs: count }),
      storeFailure: z.object({ code: z.string(), message: z.string(), since: at }).optional(),
    }),
  })
  .meta({ id: 'Health' });
