import { z } from 'zod';
import { limits } from '../../../jobs/index.ts';
import { at, page } from './common.ts';

const scheduledRetry = z
  .object({
    jobId: z.string(),
    jobName: z.string(),
    nodeId: z.string(),
    attempt: z
      .number()
      .int()
      .describe(
        'The attempt that failed last, 0 of a node that was kept from its first; whoever acts on the retry names it.',
      ),
    retryAt: at,
    failures: z.number().int().describe('Failed attempts so far, lost leases apart.'),
    failure: z.object({ code: z.string(), message: z.string() }),
  })
  .meta({ id: 'ScheduledRetry' });

export const retryPage = z.object({ retries: z.array(scheduledRetry), page }).meta({ id: 'ScheduledRetryPage' });

const attempt = z
  .number()
  .int()
  .min(0)
  .describe(
    'The attempt that failed last, 0 of a node that was kept from its first; a retry of any other is not the one that was looked at and is refused.',
  );

/** What an operator says of a scheduled retry. */
export const overruling = z
  .strictObject({ attempt, reason: z.string().max(limits.failureMessageChars).optional() })
  .meta({ id: 'Overruling' });
