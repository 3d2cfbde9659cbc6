import { z } from 'zod';
import { pause } from '../../../jobs/document/index.ts';
import { priorityClasses } from '../../../policy/bulkhead/index.ts';
import { faultOfGuardName, guardNameChars } from '../../../policy/guards/index.ts';
import { apiLimits } from '../limits.ts';
import { at, page } from './common.ts';
import { moment, pageSize, pageToken } from './parameters.ts';

/** Breakers and bulkheads as the API shows them, and what operators say of them. */

export const guardName = z
  .string()
  .superRefine((name, context) => {
    const fault = faultOfGuardName(name);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  })
  .describe(
    `1 to ${guardNameChars} printable characters, without a space at either end; URL-encoded, since names of targets have slashes: \`http%3Ahttps%3A%2F%2Fapi.example.com\`.`,
  );

const overrideKinds = ['forced_open', 'forced_closed', 'disabled', 'shadow'] as const;
const ownStates = ['closed', 'open', 'half_open'] as const;
export const breakerStates = [...ownStates, ...overrideKinds] as const;

const states = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(breakerStates)).max(breakerStates.length))
  .optional()
  .describe(`One state or several with commas: ${breakerStates.join(', ')}.`)
  .meta({ type: 'array', items: { type: 'string', enum: [...breakerStates] } });

export const breakerListing = { state: states, size: pageSize, page_token: pageToken };
export const listing = { size: pageSize, page_token: pageToken };

/** As `ETag` gives it; without its quotes it will do, too. */
export const ifMatch = z
  .string()
  .regex(/^(?:W\/)?"?\d{1,10}"?$/, { error: 'is no revision as `ETag` gives it, such as `"3"`' })
  .transform((text) => Number(text.replaceAll(/\D/g, '')))
  .optional()
  .describe('The revision that is changed, as `ETag` gave it: `"3"`, or `"0"` where nobody has changed anything.');

const count = z.number().int();
const reasonText = z.string().max(1_000);
const reason = reasonText.optional().describe('Stands in the audit.');
const share = z.number().describe('Above 0, up to 1.');
const bounds = z.strictObject({ least: z.number(), most: z.number() });

const breakerFields = {
  preset: z.string().optional().describe('A named set of values, which the others here go before.'),
  failures: count.optional().describe('Failures in a row that open it; with 0 no run of failures does.'),
  window: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('time'), ms: count }),
      z.strictObject({ kind: z.literal('count'), calls: count }),
    ])
    .optional()
    .describe('Over what calls are counted.'),
  minimumCalls: count.optional().describe('Calls in the window without which no rate opens it.'),
  failureRate: share.optional(),
  slowRate: share.optional(),
  slowMs: count.optional().describe('A call that took longer is slow.'),
  early: z.boolean().optional().describe('A sequential test opens it as soon as failures cannot be chance any more.'),
  adaptive: bounds.optional().describe("`failureRate` follows the target's own rate, within these bounds."),
  openMs: count.optional().describe('How long it stays open, first; doubled each time that no probe succeeds.'),
  openMsMost: count.optional(),
  probes: count.optional().describe('Probes under way at once in the whole fleet.'),
  successes: count.optional().describe('Probes in a row that close it.'),
  probeMs: count.optional().describe('After that a probe is taken for lost.'),
  timeoutMs: count.optional().describe('Longest a guarded call may take.'),
  group: z.string().optional().describe('Breakers of one group watch over each other.'),
  panicFloor: share.optional().describe("Share of a group's breakers below which all let calls through."),
};

const bulkheadFields = {
  preset: z.string().optional().describe('A named set of values, which the others here go before.'),
  limit: count.optional().describe('Calls under way at once in the whole fleet.'),
  queueMost: count.optional().describe('Calls that may wait for one of these, in the whole fleet.'),
  ageMs: count.optional().describe('How much longer each class waits than the one above it, at equal arrival.'),
  leaseMs: count.optional().describe('After that the permit of an instance that gives no sign of life is free again.'),
  adaptive: bounds.optional().describe('The limit follows measured latency between these bounds.'),
  weights: z.record(z.string(), z.number()).optional().describe('Turns of a tenant for each one of another.'),
};

export const breakerSpec = z.strictObject(breakerFields).meta({ id: 'BreakerSpec' });
export const bulkheadSpec = z.strictObject(bulkheadFields).meta({ id: 'BulkheadSpec' });
export const newBreakerSpec = z.strictObject({ ...breakerFields, reason }).meta({ id: 'NewBreakerSpec' });
export const newBulkheadSpec = z.strictObject({ ...bulkheadFields, reason }).meta({ id: 'NewBulkheadSpec' });

export const forcing = z
  .strictObject({
    kind: z.enum(overrideKinds).describe('`shadow` counts and never refuses; `disabled` does not even count.'),
    reason: reasonText.describe('Why. Whoever meets it will ask; it stands in the audit.'),
    until: moment.optional().describe('Until it is released, unless said.'),
    for: pause.optional().describe('In place of `until`: milliseconds, or a text like `10m`.'),
  })
  .meta({ id: 'Forcing' });

const override = z.object({
  kind: z.enum(overrideKinds),
  reason: z.string(),
  by: z.string(),
  until: at.optional().describe('Until it is released, unless said.'),
});

const revision = count.describe('One more with each change by an operator, which `ETag` gives, too.');
const told = {
  rejections: count.describe('Told by this instance since it began.'),
  transitions: count.describe('Told by this instance since it began.'),
};

export const breaker = z
  .object({
    name: z.string(),
    state: z.enum(breakerStates).describe('What a caller meets, the override included.'),
    own: z.enum(ownStates).describe('What it would be without the override.'),
    scope: z.enum(['fleet', 'instance']).describe("Whose verdict that is: the fleet's, or this instance's alone."),
    because: z.string(),
    version: count.describe('The fencing number of its last transition.'),
    retryAt: at.optional().describe('Of an open one: when a probe may be let through.'),
    override: override.optional(),
    calls: count.describe("In this instance's window."),
    failures: count,
    slow: count,
    failureRate: z.number().optional().describe('The rate that opens it now.'),
    threshold: z.string().optional().describe('Why, where that follows the target.'),
    rules: z.looseObject({}).describe('By what it goes: a `BreakerSpec` in which nothing is left open.'),
    spec: breakerSpec.optional().describe('What an operator configured.'),
    revision,
    told: z.object(told).optional(),
  })
  .meta({ id: 'Breaker' });

export const bulkhead = z
  .object({
    name: z.string(),
    limit: count,
    queueMost: count,
    inUse: count.describe('In the whole fleet.'),
    depth: count.describe('Calls that wait, in the whole fleet.'),
    here: z
      .object({
        inUse: count,
        kept: count.describe('Permits that are kept for reuse.'),
        waiting: z.record(z.enum(priorityClasses), count),
      })
      .describe('Of this instance.'),
    share: count.optional().describe('What this instance may take without asking, while the hot store is away.'),
    spec: bulkheadSpec.optional().describe('What an operator configured.'),
    revision,
    told: z.object(told).optional(),
  })
  .meta({ id: 'Bulkhead' });

export const breakerPage = z.object({ breakers: z.array(breaker), page }).meta({ id: 'BreakerPage' });
export const bulkheadPage = z.object({ bulkheads: z.array(bulkhead), page }).meta({ id: 'BulkheadPage' });

const mode = z
  .enum(['shared', 'records', 'local'])
  .describe(
    '`shared`: through the hot store. `records`: that is away, each instance goes by its own counts and what the durable store said last. `local`: both are away, or none was ever there.',
  );

export const guardHealth = z
  .object({
    mode,
    since: at,
    because: z.string().optional().describe('Why it is not `shared`.'),
    instances: count.describe('That the fleet counted last.'),
    now: at,
    counts: z
      .object({ breakers: z.partialRecord(z.enum(breakerStates), count), bulkheads: count })
      .describe('Of all there are.'),
    breakers: z
      .array(breaker)
      .describe(`The first ${apiLimits.guardsTold}, those that are not closed before all others.`),
    bulkheads: z.array(bulkhead).describe(`The first ${apiLimits.guardsTold}, the fullest before all others.`),
  })
  .meta({ id: 'GuardHealth' });

const line = z
  .object({
    guard: z.enum(['breaker', 'bulkhead']),
    name: z.string(),
    at,
    by: z.string().describe('`operator:NAME`, or the instance whose report brought a transition about.'),
    action: z.enum(['configured', 'forced', 'released', 'reset', 'transition']),
    because: z.string(),
    before: z.string().optional(),
    after: z.string().optional(),
    number: count.describe('Of a change the revision, of a transition the version.'),
    request: z.string().optional().describe("The idempotency key of the operator's request that this came by."),
    trace: z.string().optional(),
  })
  .meta({ id: 'GuardLine' });

export const guardLines = z.object({ lines: z.array(line).describe('Newest first.'), page }).meta({ id: 'GuardLines' });
