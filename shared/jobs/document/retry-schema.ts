import * as z from 'zod';
import { policyNameForm } from '../../policy/named/index.ts';
import { arms, retryJitters, retryStrategies, statusClasses } from '../../policy/retry/index.ts';
import { limits } from '../limits.ts';
import { label, list, oneOrSeveral, pause, span, strict } from './schema-values.ts';

/** A retry policy as people write it. What contradicts what is told beside it, in `retry-faults.ts`. */

/** Codes, names and rules: what a person writes and reads. */
const listMax = 100;

const status = z.union([z.int().min(100).max(599), z.enum(statusClasses)], {
  error: 'must be an HTTP status or a class of them like `5xx`',
});

const rule = strict({
  on: strict({
    code: oneOrSeveral(label, 'a code or a list of codes').optional(),
    status: oneOrSeveral(status, 'an HTTP status, a class like `5xx`, or a list of them').optional(),
    name: oneOrSeveral(label, 'the name of an exception or a list of names').optional(),
  }),
  retry: z.boolean(),
  delay: pause.optional(),
}).meta({ id: 'RetryRule', description: 'What becomes of failures that fit all of `on`' });

export const retry = strict({
  strategy: z.enum([...retryStrategies, 'adaptive']).optional(),
  frozen: z
    .union([z.literal(true), z.enum(arms)], {
      error: `must be \`true\` or one of ${arms.map((arm) => `\`${arm}\``).join(', ')}`,
    })
    .optional(),
  maxAttempts: z.int().min(1).max(limits.attemptsPerNode).optional(),
  delay: pause.optional(),
  factor: z.number().min(1).max(1_000).optional(),
  delays: list(pause, limits.attemptsPerNode, 1).optional(),
  maxDelay: pause.optional(),
  maxElapsed: span.optional(),
  jitter: z.enum(retryJitters).optional(),
  nonRetryable: list(label, listMax).optional(),
  rules: list(rule, listMax).optional(),
  unknown: z.enum(['retry', 'final']).optional(),
  retryAfter: z.enum(['honour', 'ignore']).optional(),
  maxRetryAfter: span.optional(),
  maxLeaseLosses: z.int().min(0).max(limits.leaseLossesPerNode).optional(),
  policy: strict({
    name: z.string().regex(policyNameForm, { error: 'is no name of a policy' }),
    version: z.int().min(1),
  })
    .optional()
    .meta({ description: 'In the spec of a job: the policy with a name that this is a copy of' }),
}).meta({ id: 'RetryPolicy' });

/** Described as what people write; names have been filled in by the time it is read. A union could only say that none of its parts fits. */
export const retryOrName = z.pipe(
  z.any().meta({
    id: 'Retry',
    description: 'A retry policy, the name of one, or its name and version',
    anyOf: [
      { $ref: '#/$defs/RetryPolicy' },
      { type: 'string', pattern: policyNameForm.source },
      {
        type: 'object',
        properties: {
          policy: { type: 'string', pattern: policyNameForm.source },
          version: { type: 'integer', minimum: 1 },
        },
        required: ['policy'],
        additionalProperties: false,
      },
    ],
  }),
  retry,
);
