import { z } from 'zod';
import { limits } from '../../../jobs/index.ts';

export const at = z.number().describe('Milliseconds since the epoch.');

/** It has come through `JSON.parse` and is JSON; there is nothing left to look at. */
export const anyJson = z.unknown().describe('Any JSON value.');

export const failure = z
  .object({
    code: z.string().min(1).max(limits.nameChars),
    message: z.string(),
    retryable: z
      .boolean()
      .optional()
      .describe("Whether another attempt makes sense. Only the rules of the node's retry policy overrule it."),
    details: anyJson.optional(),
    name: z.string().max(limits.nameChars).optional().describe('Name of the exception, where the code is another one.'),
    retryAfterMs: z
      .number()
      .min(0)
      .optional()
      .describe('The target asked not to be called again before so many milliseconds have passed.'),
  })
  .meta({ id: 'Failure' });

/** Why an operator asks for something. */
export const reason = z
  .strictObject({
    reason: z.string().max(limits.failureMessageChars).optional().describe('It stands in the audit.'),
  })
  .optional()
  .meta({ id: 'Reason' });

export const page = z
  .object({
    size: z.number().int().describe('Items asked for.'),
    has_next: z.boolean(),
    page_token: z.string().nullable().describe('Gives the next page; null on the last.'),
  })
  .meta({ id: 'Page' });

export const problemDocument = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string().describe('Stable: compare this.'),
    next: z.string().describe('What to do.'),
    retryable: z.boolean().describe('Whether the same request may be accepted later, as it is.'),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    allowed: z.array(z.string()).optional().describe('What would be accepted now.'),
    currentAttempt: z.number().int().optional(),
    errorId: z.string().optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });
