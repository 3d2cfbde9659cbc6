import { z } from 'zod';
import { retry } from '../../../jobs/document/index.ts';
import { policyNameForm } from '../../../policy/named/index.ts';
import { at, page } from './common.ts';
import { pageSize, pageToken } from './parameters.ts';

const form =
  'has other characters than letters, digits and `. _ -`, or more than 100, or begins with none of the first';

export const policyName = z
  .string()
  .regex(policyNameForm, { error: form })
  .describe('Letters, digits and `. _ -`, a letter or digit first; 100 at most.');

const number = z.number().int().min(1);

/** A version in the address. */
export const version = z.coerce.number().int().min(1).optional().describe('The newest unless said.');

/** As `ETag` gives it; without its quotes it will do, too. */
export const ifMatch = z
  .string()
  .regex(/^(?:W\/)?"?[1-9]\d{0,9}"?$/, { error: 'is no version of a policy as `ETag` gives it, such as `"3"`' })
  .transform((text) => Number(text.replaceAll(/\D/g, '')))
  .optional()
  .describe('The version that is replaced or deleted, as `ETag` gave it: `"3"`.');

export const listing = { size: pageSize, page_token: pageToken };

export const newPolicy = z.object({ name: policyName, policy: retry }).meta({ id: 'NewNamedRetryPolicy' });

export const policy = z
  .object({
    name: policyName,
    version: number.describe('1, 2, 3 …; a version never changes, and no number is given twice.'),
    policy: z.looseObject({}).describe('A `RetryPolicy`; its durations are milliseconds.'),
    at: at.describe('When it was written.'),
    by: z.string().describe('Who wrote it.'),
  })
  .meta({ id: 'NamedRetryPolicy' });

export const policyPage = z.object({ policies: z.array(policy), page }).meta({ id: 'NamedRetryPolicyPage' });

export const policyVersions = z
  .object({ name: policyName, versions: z.array(policy).describe('Newest first; the newest 100 are kept.') })
  .meta({ id: 'NamedRetryPolicyVersions' });

export const policyDeleted = z
  .object({ name: policyName, version: number.describe('The last that there was.') })
  .meta({ id: 'NamedRetryPolicyDeleted' });
