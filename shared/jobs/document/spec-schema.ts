import * as z from 'zod';
import { isJsonObject, type Json } from '../../core/json.ts';
import { limits } from '../limits.ts';
import type { Condition, JobSpec, NodeSpec } from '../spec.ts';
import { recovery } from './recovery-schema.ts';
import { retryOrName } from './retry-schema.ts';
import {
  checkpointName,
  entries,
  faultOfDepth,
  id,
  idOrIds,
  ids,
  isWebAddress,
  json,
  label,
  list,
  listOrTemplate,
  pause,
  pauseOrTemplate,
  plainName,
  prose,
  span,
  strict,
  time,
} from './schema-values.ts';

/**
 * The form of a job document, for `parseJobSpec` and for OpenAPI (`z.toJSONSchema(jobDocument, { io: 'input' })`). What a single
 * value shows is checked here; what needs the whole document (graph, references, times) is checked beside it.
 */

/** Choices of a node, headers, attributes, codes: what a person writes and reads. */
const listMax = 100;
/** Comparisons and groups of one condition, which is evaluated in one go. */
const partsMax = 1_000;

/** One object for groups and comparisons: a union could only say that none of its parts fits. */
const condition: z.ZodType<Condition> = strict({
  get all() {
    return list(condition, partsMax).optional();
  },
  get any() {
    return list(condition, partsMax).optional();
  },
  get not() {
    return condition.optional();
  },
  value: json.optional(),
  equals: json.optional(),
  notEquals: json.optional(),
  gt: json.optional(),
  gte: json.optional(),
  lt: json.optional(),
  lte: json.optional(),
  in: json.optional(),
  contains: json.optional(),
  startsWith: json.optional(),
  exists: z.boolean().optional(),
})
  .check((context) => {
    if (context.issues.length > 0) return;
    const message = faultOfCondition(Object.keys(context.value));
    if (message !== undefined) context.issues.push({ code: 'custom', input: context.value, message });
  })
  .meta({
    id: 'Condition',
    description: 'Exactly one of `all`, `any`, `not` and `value`; a `value` with one operator or more',
  }) as never;

/** The outermost condition is measured before it is read. */
const when = z.preprocess((value, context) => {
  const fault =
    faultOfDepth(value as Json) ??
    (countParts(value as Json) > partsMax ? `has more than ${partsMax} parts` : undefined);
  if (fault === undefined) return value;
  context.addIssue(fault);
  return z.NEVER;
}, condition);

/** Stops soon after there are too many. */
function countParts(value: Json): number {
  let count = 0;
  const open: Json[] = [value];
  for (let each = open.pop(); each !== undefined && count <= partsMax; each = open.pop()) {
    count++;
    if (!isJsonObject(each)) continue;
    for (const group of [each['all'], each['any'], each['not']]) {
      if (Array.isArray(group)) open.push(...group.slice(0, partsMax + 1));
      else if (group !== undefined) open.push(group);
    }
  }
  return count;
}

const groups = ['all', 'any', 'not', 'value'];

function faultOfCondition(fields: readonly string[]): string | undefined {
  const kinds = fields.filter((field) => groups.includes(field));
  if (kinds.length !== 1) return 'must have exactly one of `all`, `any`, `not` and `value`';
  if (kinds[0] !== 'value') return fields.length === 1 ? undefined : `takes no operators beside \`${kinds[0]}\``;
  return fields.length === 1 ? 'must compare with something: `equals`, `gt`, `in`, `exists` …' : undefined;
}

const priority = z.int().min(0).max(9);

/** What nodes, the node of a map and compensations have in common. */
const labour = {
  description: prose.optional(),
  when: when.optional(),
  input: json.optional(),
  retry: retryOrName.optional(),
  timeout: span.optional(),
  totalTimeout: span.optional(),
  priority: priority.optional(),
  expected: pause.optional(),
};

const place = {
  id,
  dependsOn: ids.optional(),
  join: z.enum(['all_succeeded', 'all_settled', 'any_succeeded']).optional(),
  checkpoint: checkpointName.optional(),
};

const url = z.string().max(8_192).refine(isWebAddress, { error: 'must be an http or https address' });
const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, { error: 'is no name of a header' });
const headerValue = z.string().regex(/^[^\r\n\0]*$/, { error: 'must be a single line' });

/** What a call may have. */
const guardable = { bulkhead: plainName.optional() };

const http = {
  type: z.literal('http'),
  url,
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
  headers: entries(headerName, headerValue, listMax).optional(),
  body: json.optional(),
  redirects: z.int().min(0).max(20).optional(),
  completion: z.enum(['response', 'callback']).optional(),
  heartbeatTimeout: span.optional(),
  ...guardable,
};

const pubsub = {
  type: z.literal('pubsub'),
  topic: label,
  attributes: entries(z.string().min(1), z.string(), listMax).optional(),
  completion: z.enum(['publish', 'callback']).optional(),
  heartbeatTimeout: span.optional(),
  ...guardable,
};

const fn = {
  type: z.literal('function'),
  handler: plainName,
  heartbeatTimeout: span.optional(),
  completion: z.enum(['response', 'callback']).optional(),
  ...guardable,
};

const compensation = z
  .discriminatedUnion('type', [
    strict({ ...http, ...labour }),
    strict({ ...pubsub, ...labour }),
    strict({ ...fn, ...labour }),
  ])
  .meta({
    id: 'Compensation',
    description: 'The call that takes back what its node did, made when the job is rolled back; it may refer to `self`',
  });

/** What nodes and the node of a map have in common. Where `compensate` means nothing is said beside this. */
const work = {
  ...labour,
  recovery: recovery.optional(),
  onFailure: z.enum(['fail', 'continue']).optional(),
  compensate: compensation.optional(),
};

const delay = { type: z.literal('delay'), delay: pauseOrTemplate };

const childJob = {
  type: z.literal('job'),
  get job(): z.ZodType<JobSpec> {
    return jobDocument;
  },
};

const choice = strict({ name: label.optional(), when, then: idOrIds }).meta({ id: 'Choice' });

const itemNode = z
  .discriminatedUnion('type', [
    strict({ ...http, ...work }),
    strict({ ...pubsub, ...work }),
    strict({ ...fn, ...work }),
    strict({ ...delay, ...work }),
    strict(withGetters(childJob, work)),
  ])
  .meta({ id: 'ItemNode', description: 'What a map runs for each item: a node without `id`, `dependsOn` and `join`' });

export const nodeDocument: z.ZodType<NodeSpec> = z
  .discriminatedUnion('type', [
    strict({ ...place, ...http, ...work }),
    strict({ ...place, ...pubsub, ...work }),
    strict({ ...place, ...fn, ...work }),
    strict({ ...place, ...delay, ...work }),
    strict({ ...place, type: z.literal('signal'), signal: plainName.optional(), ...work }),
    strict({
      ...place,
      type: z.literal('choice'),
      choices: list(choice, listMax, 1),
      otherwise: idOrIds.optional(),
      ...work,
    }),
    strict({
      ...place,
      type: z.literal('map'),
      over: listOrTemplate,
      node: itemNode,
      concurrency: z.int().min(1).max(limits.itemsPerMap).optional(),
      ...work,
    }),
    strict(withGetters(childJob, { ...place, ...work })),
  ])
  .meta({ id: 'Node' }) as never;

export const jobDocument: z.ZodType<JobSpec> = strict({
  name: label,
  description: prose.optional(),
  input: json.optional(),
  priority: priority.optional(),
  startAt: time.optional(),
  deadline: time.optional(),
  timeout: span.optional(),
  retry: retryOrName.optional(),
  recovery: recovery.optional(),
  nodes: list(nodeDocument, limits.nodesPerSpec, 1),
  output: json.optional(),
}).meta({ id: 'JobDocument', description: 'A job: a DAG of nodes' }) as never;

/** A spread would call the getters, and a schema that contains itself is not there yet at that time. */
function withGetters<One extends object, Other extends object>(one: One, other: Other): One & Other {
  const both = {};
  for (const part of [one, other]) Object.defineProperties(both, Object.getOwnPropertyDescriptors(part));
  return both as One & Other;
}
