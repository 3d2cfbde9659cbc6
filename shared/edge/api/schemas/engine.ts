import { z } from 'zod';
import { jobStates, nodeStates } from '../../../jobs/index.ts';
import { at, failure } from './common.ts';

export const auditLine = z
  .object({
    seq: z.number().int().describe('1, 2, 3 … within the job, without a gap.'),
    at,
    event: z.string(),
    job: z.enum(jobStates).optional().describe("The job's state after this line, when it changed."),
    node: z.string().optional(),
    attempt: z.number().int().optional(),
    to: z.enum(nodeStates).optional().describe("The node's state after this line."),
    because: z.string().optional(),
    by: z.string().optional(),
    failure: failure.optional(),
    retryAt: at.optional(),
    items: z.number().int().optional(),
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
