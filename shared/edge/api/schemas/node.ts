import { z } from 'zod';
import { pause } from '../../../jobs/document/index.ts';
import { nodeStates } from '../../../jobs/index.ts';
import { anyJson, at, failure, page } from './common.ts';

const waitsFor = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('time'), until: at }),
  z.object({ kind: z.literal('signal'), name: z.string() }),
  z.object({ kind: z.literal('callback'), heartbeatBy: at.optional() }),
  z.object({ kind: z.literal('child'), jobId: z.string() }),
  z
    .object({ kind: z.literal('decision'), failure })
    .describe('It has failed, and somebody is asked what is to be done about it.'),
  z.object({ kind: z.literal('items'), started: z.number().int(), unsettled: z.number().int() }),
]);

const node = z
  .object({
    id: z.string(),
    type: z.enum(['http', 'pubsub', 'function', 'delay', 'signal', 'choice', 'map', 'job']),
    state: z.enum(nodeStates),
    dependsOn: z.array(z.string()).optional(),
    compensates: z.string().optional().describe('Of a compensation: the node whose work it takes back.'),
    compensatedBy: z.string().optional().describe('The compensation of what the node did last.'),
    attempt: z.number().int().describe('Number of the current or last attempt, 0 before the first.'),
    failures: z.number().int(),
    leaseLosses: z.number().int(),
    readyAt: at.optional(),
    startedAt: at.optional(),
    endedAt: at.optional(),
    retryAt: at.optional(),
    timeoutAt: at.optional(),
    lease: z.object({ owner: z.string(), until: at }).optional(),
    waitsFor: waitsFor.optional(),
    failure: failure.optional(),
  })
  .meta({ id: 'NodeRun' });

export const nodeDetail = node
  .extend({
    jobId: z.string(),
    description: z.string().optional(),
    expected: z.number().optional(),
    result: anyJson.optional(),
  })
  .meta({ id: 'NodeRunDetail' });

export const nodePage = z.object({ nodes: z.array(node), page }).meta({ id: 'NodeRunPage' });

const attempt = z
  .number()
  .int()
  .min(1)
  .describe('The attempt that is reported on; any but the current one is refused.');

/** What a callback says. */
export const completion = z
  .strictObject({ attempt, result: anyJson.optional().describe('null unless said.') })
  .meta({ id: 'Completion' });
/** Durations are said as in job documents. */
const { retryAfterMs: _, ...said } = failure.shape;
const retryAfter = pause.optional().meta({
  description: 'The least time before the next attempt: milliseconds, or a text like `30s`.',
});
export const failureReport = z
  .strictObject({ attempt, failure: z.strictObject({ ...said, retryAfter }) })
  .meta({ id: 'FailureReport' });
export const heartbeat = z.strictObject({ attempt }).meta({ id: 'Heartbeat' });

export const reported = z
  .object({ jobId: z.string(), nodeId: z.string(), attempt: z.number().int(), state: z.enum(nodeStates) })
  .meta({ id: 'Reported', description: 'The node after the report.' });
