import { z } from 'zod';
import { batchActions, batchLimits, batchOutcomes, batchRules, batchStates } from '../../../jobs/batch/index.ts';
import { jobStates, limits } from '../../../jobs/index.ts';
import { at, page } from './common.ts';
import { failureCode, jobName, moment, pageSize, pageToken } from './parameters.ts';
import { recoveryOfMany } from './recovery-request.ts';

const form = /^[A-Za-z0-9][\w.-]{0,99}$/;

export const batchId = z
  .string()
  .regex(form, { error: 'is no id: letters, digits and `. _ -`, a letter or digit first; 100 at most' })
  .describe('Letters, digits and `. _ -`, a letter or digit first; 100 at most.');

const usualStates = batchActions.map((action) => `${action}: ${batchRules[action].states.join(', ')}`).join('; ');

const filter = z
  .strictObject({
    state: z
      .array(z.enum(jobStates))
      .min(1)
      .max(jobStates.length)
      .optional()
      .describe(`Jobs in one of these states. Unless said, those that the action is for (${usualStates}).`),
    name: jobName,
    failureCode,
    from: moment.optional().describe('Jobs submitted at this time or later.'),
    to: moment.optional().describe('Jobs submitted before this time.'),
  })
  .meta({ id: 'BatchFilter' });

const reason = z.string().max(limits.failureMessageChars).optional().describe('Stands in the audit of each job.');
const rate = z
  .number()
  .min(batchLimits.rateLeast)
  .max(batchLimits.rateMost)
  .optional()
  .describe(`Jobs a second at most; ${batchLimits.rateUsual} unless said.`);

export const newBatch = z
  .strictObject({
    id: batchId
      .optional()
      .describe('The same id with the same body is one batch, however often it is sent. Made unless said.'),
    action: z.enum(batchActions),
    filter: filter.optional(),
    recovery: recoveryOfMany.optional().describe('Of `recover`: what is done about what is found.'),
    all: z.literal(true).optional().describe('Must be said where the filter leaves no job out.'),
    reason,
    ratePerSecond: rate,
    dryRun: z.boolean().optional().describe('Only tells what would be done.'),
  })
  .superRefine(({ action, recovery: wish, filter: chosen = {}, all }, context) => {
    const add = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    const isEmpty = Object.values(chosen).every((value) => value === undefined);
    if (isEmpty && !all)
      add(
        ['filter'],
        'names nothing: choose jobs by `state`, `name`, `failureCode`, `from` or `to`, or say `"all": true`',
      );
    if (wish && action !== 'recover') add(['recovery'], `is for the action \`recover\`, and this one is \`${action}\``);
    const { from, to } = chosen;
    if (from !== undefined && to !== undefined && from >= to) add(['filter', 'to'], 'must be later than `from`');
  })
  .meta({ id: 'NewBatch' });

const count = z.number().int();
const action = z.enum(batchActions);
const outcome = z
  .enum(batchOutcomes)
  .describe('`repeated`: it was so before. `refused`: the job does not allow it. `failed`: it could not be asked.');
const because = z.string().optional().describe('The code of the problem that refused it, or of the failure.');
const expected = z
  .object({ jobs: count, isMore: z.boolean().describe(`Counted to ${batchLimits.counted}; there are more.`) })
  .describe('Jobs that the filter chose when the batch was made.');

export const batch = z
  .object({
    batchId: z.string(),
    action,
    filter: z.looseObject({}).describe('As it was asked for.'),
    recovery: z.looseObject({}).optional().describe('Of `recover`: as it was asked for.'),
    reason: z.string().optional(),
    ratePerSecond: z.number(),
    state: z.enum(batchStates),
    by: z.string(),
    createdAt: at,
    endedAt: at.optional(),
    cancelledBy: z.string().optional(),
    expected,
    counts: z.object({ done: count, repeated: count, refused: count, failed: count }),
    passed: count.describe('Jobs that it has been through.'),
    percent: z.number(),
    remainingMs: z.number().optional().describe('About how long it will take. Absent once it has ended.'),
  })
  .meta({ id: 'Batch' });

export const batchPreview = z
  .object({
    dryRun: z.literal(true),
    action,
    expected,
    byState: z.partialRecord(z.enum(jobStates), count),
    shown: z
      .array(
        z.object({
          jobId: z.string(),
          name: z.string(),
          state: z.enum(jobStates),
          outcome,
          because,
          after: z.enum(jobStates).describe("The job's state after it."),
        }),
      )
      .describe(`The newest ${batchLimits.shown}, and what would become of them now.`),
  })
  .meta({ id: 'BatchPreview' });

export const batchPage = z.object({ batches: z.array(batch), page }).meta({ id: 'BatchPage' });

const result = z
  .object({ jobId: z.string(), outcome, because, message: z.string().optional(), at })
  .meta({ id: 'BatchResult' });

export const resultPage = z.object({ results: z.array(result), page }).meta({ id: 'BatchResultPage' });

const states = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(batchStates)).max(batchStates.length))
  .optional()
  .describe(`One state or several with commas: ${batchStates.join(', ')}.`);

export const listing = { state: states, size: pageSize, page_token: pageToken };
export const resultListing = { outcome: z.enum(batchOutcomes).optional(), size: pageSize, page_token: pageToken };
