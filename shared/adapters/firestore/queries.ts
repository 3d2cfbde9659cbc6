import type { DueJob } from '../../ports/index.ts';
import { chunkPath, collections, guardsOf, jobPath, policiesEnd, policyPath, shardOf, shardsMost } from './layout.ts';
import { type Fields, ofNumber, ofText, ofWhole, type Timestamp, type Value } from './values.ts';

/**
 * Everything that is ever asked by a query. A shape says which fields it compares and how it is ordered: from it the request is made,
 * and from it a test works out the composite index that `firestore.indexes.json` must have. Firestore's emulator answers without one.
 */
export interface Shape {
  readonly collection: string;
  /** Compared for equality, with one value or several. */
  readonly equal: readonly string[];
  /** Undefined: by the documents' names alone, for which no index is needed. */
  readonly order?: { readonly field: string; readonly direction: 'ASCENDING' | 'DESCENDING' };
}

const newestFirst = { field: 'submittedAt', direction: 'DESCENDING' } as const;
const toldLast = { field: 'at', direction: 'DESCENDING' } as const;
const startedLast = { field: 'startedAt', direction: 'DESCENDING' } as const;

export const shapes = {
  due: { collection: collections.jobs, equal: ['shard'], order: { field: 'nextCheckAt', direction: 'ASCENDING' } },
  list: { collection: collections.jobs, equal: ['shard'], order: newestFirst },
  listByState: { collection: collections.jobs, equal: ['shard', 'state'], order: newestFirst },
  listByName: { collection: collections.jobs, equal: ['shard', 'name'], order: newestFirst },
  listByStateAndName: { collection: collections.jobs, equal: ['shard', 'state', 'name'], order: newestFirst },
  listByFailure: { collection: collections.jobs, equal: ['shard', 'failureCode'], order: newestFirst },
  listByStateAndFailure: { collection: collections.jobs, equal: ['shard', 'state', 'failureCode'], order: newestFirst },
  listByNameAndFailure: { collection: collections.jobs, equal: ['shard', 'name', 'failureCode'], order: newestFirst },
  listByAll: { collection: collections.jobs, equal: ['shard', 'state', 'name', 'failureCode'], order: newestFirst },
  batches: {
    collection: collections.batches,
    equal: ['shard', 'state'],
    order: { field: 'createdAt', direction: 'DESCENDING' },
  },
  recoveries: { collection: collections.recoveries, equal: ['shard'], order: startedLast },
  recoveriesByState: { collection: collections.recoveries, equal: ['shard', 'state'], order: startedLast },
  recoveriesByJob: { collection: collections.recoveries, equal: ['shard', 'jobId'], order: startedLast },
  recoveriesByJobAndState: {
    collection: collections.recoveries,
    equal: ['shard', 'jobId', 'state'],
    order: startedLast,
  },
  audit: { collection: collections.audit, equal: [] },
  policies: { collection: collections.policies, equal: [] },
  guards: { collection: collections.guards, equal: [] },
  guardLines: { collection: collections.guardLines, equal: ['shard', 'guard'], order: toldLast },
  breakerStates: { collection: collections.breakerStates, equal: ['shard', 'state'], order: toldLast },
} as const satisfies Record<string, Shape>;

export interface Query {
  /** Path of the document whose collection is asked, '' for the root. */
  readonly parent: string;
  /** Without it, now. */
  readonly readTime?: Timestamp;
  toRequest(nameOf: (path: string) => string): object;
}

/** The longest due first. */
export function dueQuery(shards: readonly number[], before: number, limit: number, after?: DueJob): Query {
  const fields = ['nextCheckAt', 'alarmAt'];
  const where = [anyOf('shard', shards.map(ofWhole)), compare('nextCheckAt', 'LESS_THAN_OR_EQUAL', ofNumber(before))];
  return {
    parent: '',
    toRequest(nameOf) {
      const cursor = after && [ofNumber(after.nextCheckAt), { referenceValue: nameOf(jobPath(after.jobId)) }];
      return request(shapes.due, { where, fields, limit, ...(cursor && { cursor }) });
    },
  };
}

export interface ListWish {
  readonly states?: readonly string[];
  readonly name?: string;
  readonly failureCode?: string;
  readonly from?: number;
  readonly before?: number;
  /** The last job of the page before. */
  readonly after?: { readonly submittedAt: number; readonly path: string };
  readonly limit: number;
}

/** A query may name this many states with all shards: Firestore takes 30 combinations. */
export const statesPerQuery = Math.floor(30 / shardsMost);

export const summaryFields = [
  'name',
  'state',
  'priority',
  'submittedAt',
  'endedAt',
  'fingerprint',
  'parentJobId',
  'schema',
];

export function listQuery({ states, name, failureCode, from, before, after, limit }: ListWish): Query {
  const where = [anyOf('shard', allShards.map(ofWhole))];
  if (states) where.push(anyOf('state', states.map(ofText)));
  if (name !== undefined) where.push(compare('name', 'EQUAL', ofText(name)));
  if (failureCode !== undefined) where.push(compare('failureCode', 'EQUAL', ofText(failureCode)));
  if (from !== undefined) where.push(compare('submittedAt', 'GREATER_THAN_OR_EQUAL', ofNumber(from)));
  if (before !== undefined) where.push(compare('submittedAt', 'LESS_THAN', ofNumber(before)));
  return {
    parent: '',
    toRequest(nameOf) {
      const cursor = after && [ofNumber(after.submittedAt), { referenceValue: nameOf(after.path) }];
      return request(listShapeOf(states !== undefined, name !== undefined, failureCode !== undefined), {
        where,
        fields: summaryFields,
        limit,
        ...(cursor && { cursor }),
      });
    },
  };
}

/** Chunks that hold a line above `after`, in order. */
export function auditQuery(jobId: string, after: number, limit: number): Query {
  const parent = jobPath(jobId);
  return {
    parent,
    toRequest(nameOf) {
      const place = { referenceValue: nameOf(chunkPath(jobId, after)) };
      return request(shapes.audit, { where: [compare('__name__', 'GREATER_THAN', place)], limit });
    },
  };
}

/** Policies of a kind behind the name `after`, in the order of their names, those that were deleted included. */
export function policiesQuery(kind: string, after: string, limit: number): Query {
  return {
    parent: '',
    toRequest(nameOf) {
      const [first, end] = [policyPath(kind, after), policiesEnd(kind)].map((path) => ({
        referenceValue: nameOf(path),
      }));
      const where = [compare('__name__', 'GREATER_THAN', first!), compare('__name__', 'LESS_THAN', end!)];
      return request(shapes.policies, { where, fields: ['newest'], limit });
    },
  };
}

/** Newest first. */
export function batchesQuery(
  states: readonly string[],
  limit: number,
  after?: { readonly createdAt: number; readonly path: string },
): Query {
  const where = [anyOf('shard', allShards.map(ofWhole)), anyOf('state', states.map(ofText))];
  return {
    parent: '',
    toRequest(nameOf) {
      const cursor = after && [ofNumber(after.createdAt), { referenceValue: nameOf(after.path) }];
      return request(shapes.batches, { where, fields: ['text'], limit, ...(cursor && { cursor }) });
    },
  };
}

export interface RecoveryWish {
  readonly states?: readonly string[];
  readonly jobId?: string;
  /** The last session of the page before. */
  readonly after?: { readonly startedAt: number; readonly path: string };
  readonly limit: number;
}

/** Newest first. A job's sessions are all in its shard. */
export function recoveriesQuery({ states, jobId, after, limit }: RecoveryWish): Query {
  const shards = jobId === undefined ? allShards : [shardOf(jobId)];
  const where = [anyOf('shard', shards.map(ofWhole))];
  if (jobId !== undefined) where.push(compare('jobId', 'EQUAL', ofText(jobId)));
  if (states) where.push(anyOf('state', states.map(ofText)));
  return {
    parent: '',
    toRequest(nameOf) {
      const cursor = after && [ofNumber(after.startedAt), { referenceValue: nameOf(after.path) }];
      const shape = recoveryShapeOf(states !== undefined, jobId !== undefined);
      return request(shape, { where, fields: ['text'], limit, ...(cursor && { cursor }) });
    },
  };
}

function recoveryShapeOf(byState: boolean, byJob: boolean): Shape {
  if (byJob) return byState ? shapes.recoveriesByJobAndState : shapes.recoveriesByJob;
  return byState ? shapes.recoveriesByState : shapes.recoveries;
}

/** Guards of a kind behind the document `after`. */
export function guardsQuery(kind: string, limit: number, after?: string): Query {
  const [first, end] = guardsOf(kind);
  return {
    parent: '',
    toRequest(nameOf) {
      const where = [
        compare('__name__', 'GREATER_THAN', { referenceValue: nameOf(after ?? first) }),
        compare('__name__', 'LESS_THAN', { referenceValue: nameOf(end) }),
      ];
      return request(shapes.guards, { where, fields: ['text'], limit });
    },
  };
}

/** The last document of the page before. */
export interface TimePlace {
  readonly at: number;
  readonly path: string;
}

/** Newest first. A guard's lines are all in its shard. */
export function guardLinesQuery(guard: string, limit: number, after?: TimePlace): Query {
  const where = [anyOf('shard', [ofWhole(shardOf(guard))]), compare('guard', 'EQUAL', ofText(guard))];
  return byTime(shapes.guardLines, { where, fields: ['text'], limit }, after);
}

/** Breakers that are in one of these states, the last one to change first. */
export function breakerStatesQuery(states: readonly string[], limit: number, after?: TimePlace): Query {
  const where = [anyOf('shard', allShards.map(ofWhole)), anyOf('state', states.map(ofText))];
  return byTime(shapes.breakerStates, { where, fields: ['text', 'at'], limit }, after);
}

function byTime(shape: Shape, parts: Parts, after?: TimePlace): Query {
  return {
    parent: '',
    toRequest(nameOf) {
      const cursor = after && [ofNumber(after.at), { referenceValue: nameOf(after.path) }];
      return request(shape, { ...parts, ...(cursor && { cursor }) });
    },
  };
}

export const allShards: readonly number[] = Array.from({ length: shardsMost }, (_, at) => at);

function listShapeOf(byState: boolean, byName: boolean, byFailure: boolean): Shape {
  if (byFailure && byState) return byName ? shapes.listByAll : shapes.listByStateAndFailure;
  if (byFailure) return byName ? shapes.listByNameAndFailure : shapes.listByFailure;
  if (byState) return byName ? shapes.listByStateAndName : shapes.listByState;
  return byName ? shapes.listByName : shapes.list;
}

interface Parts {
  readonly where: readonly object[];
  readonly fields?: readonly string[];
  readonly limit: number;
  readonly cursor?: readonly Value[];
}

/** Jobs of one time are told apart by their names, in the same direction. */
function request({ collection, order }: Shape, { where, fields, limit, cursor }: Parts): object {
  const direction = order?.direction ?? 'ASCENDING';
  const orders = [...(order ? [order.field] : []), '__name__'];
  return {
    from: [{ collectionId: collection }],
    where: { compositeFilter: { op: 'AND', filters: where } },
    orderBy: orders.map((fieldPath) => ({ field: { fieldPath }, direction })),
    limit: { value: limit },
    ...(fields && { select: { fields: fields.map((fieldPath) => ({ fieldPath })) } }),
    ...(cursor && { startAt: { values: cursor, before: false } }),
  };
}

function compare(fieldPath: string, op: string, value: Fields[string]): object {
  return { fieldFilter: { field: { fieldPath }, op, value } };
}

function anyOf(fieldPath: string, values: readonly Value[]): object {
  return compare(fieldPath, 'IN', { arrayValue: { values } } as unknown as Value);
}
