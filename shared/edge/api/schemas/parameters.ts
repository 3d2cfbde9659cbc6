import { z } from 'zod';
import { jobStates, limits } from '../../../jobs/index.ts';
import { apiLimits } from '../limits.ts';

/** Parameters of paths, queries and headers. They come as text. */

const name = z.string().min(1).max(limits.nameChars);
const headerText = z
  .string()
  .min(1)
  .max(apiLimits.valueChars)
  .regex(/^[\x20-\x7e]+$/, 'has other characters than printable ASCII');

export const jobId = name.describe('Id of a job.');
export const nodeId = z
  .string()
  .min(1)
  .max(limits.nameChars + 'undo([9999])~9999'.length)
  .describe('Id of a node; items of a map are named `map[3]`, compensations `undo(pay)`.');
export const signalName = name.describe('The name that a node waits for.');

export const operator = headerText.optional().describe('Who asks; it stands in the audit. `api` unless said.');
export const idempotencyKey = headerText
  .optional()
  .describe('The same key with the same body acts once, however often it is sent.');

export const traceparent = z
  .string()
  .optional()
  .describe('W3C trace context: the id of the trace stands in the audit. What is no trace context is ignored.');

export const pageToken = z
  .string()
  .max(apiLimits.pageTokenChars)
  .optional()
  .describe('`page_token` of the page before; the first page unless said.');
export const pageSize = whole(1, apiLimits.pageSizeMax)
  .optional()
  .describe(`Items of a page; ${apiLimits.pageSize} unless said.`);
export const auditSize = whole(1, apiLimits.auditSizeMax)
  .optional()
  .describe(`Lines of an answer; ${apiLimits.auditSize} unless said.`);
export const auditAfter = whole(0, Number.MAX_SAFE_INTEGER).optional().describe('Only lines with a higher number.');

export const auditSeal = z
  .string()
  .regex(/^[\w-]{22}$/, 'is no seal: they have 22 letters, digits, - and _')
  .optional()
  .describe('A seal that was kept elsewhere; it must be in the chain.');

export const states = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(jobStates)).max(jobStates.length))
  .optional()
  .describe(`One state or several with commas: ${jobStates.join(', ')}.`);

export const failureCode = z
  .string()
  .min(1)
  .max(limits.failureCodeChars)
  .optional()
  .describe('Only jobs that ended with a failure of this code.');

export const jobName = name.optional().describe('Only jobs of this name.');

/** Milliseconds since the epoch, or a date as in ISO 8601. */
const timeText = z
  .string()
  .transform((text, context) => {
    const ms = /^\d+(\.\d+)?$/.test(text)
      ? Number(text)
      : /^\d{4}-\d\d-\d\d/.test(text)
        ? Date.parse(text)
        : Number.NaN;
    if (!Number.isNaN(ms)) return ms;
    context.addIssue({
      code: 'custom',
      message: 'is neither milliseconds since the epoch nor a time such as 2026-01-31T12:00:00Z',
    });
    return z.NEVER;
  })
  .meta({ type: 'string', description: 'Milliseconds since the epoch, or a time such as 2026-01-31T12:00:00Z.' });
export const time = timeText.optional();

/** The same in a body, where it may be a number. */
export const moment = z.union([z.number().min(0), timeText]);

function whole(least: number, most: number) {
  return z.coerce.number().int().min(least).max(most);
}
