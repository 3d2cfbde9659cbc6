import { createHash } from 'node:crypto';

/**
 * How jobs lie in Firestore, which bills documents and not bytes.
 *
 *     breakwater-jobs/{job}              all of a job of one page: header, page, spec and the last audit lines as texts, what lists ask for as fields
 *       breakwater-pages/{no}            a page of a wider job, overwritten in place
 *       breakwater-audit/{lastSeq}       audit lines that have left the job's document; the name sorts as the number does
 *       breakwater-texts/{name}-{part}   what is too large for its place: results, specs, any other text; never changes, named by what it says
 *       breakwater-parcels/{parcel}      a parcel, made once by the one who claims it
 *     breakwater-keys/{hash of key}      J9: which job has an idempotency key
 *     breakwater-policies/{kind}:{name}  all versions of a policy that are kept, and after its deletion the number of the last
 *     breakwater-target-counts/{hash of name}  what the fleet has counted of a target, by slots of time, as a text
 *     breakwater-batches/{batch}         one action on many jobs: what was asked for and how far it has come
 *       breakwater-batch-results/{no}    what became of some hundred jobs of it, as a text
 *     breakwater-recoveries/{session}    a recovery session, written in the commits of its job
 *     breakwater-guards/{kind}:{hash of name}  what operators decided on a breaker or a bulkhead; `changes` is written with each of them
 *     breakwater-guard-lines/{hash of guard}-{number}-{action}-{time}  who changed what of a guard, and each transition of a breaker
 *     breakwater-breaker-states/{hash of name}  the last transition of a breaker
 *
 * What always holds:
 *
 * - A text of a document lies in field `x`, or `xAt` names the text that holds it. A text is stored before or with what names it, and the
 *   same name is never another text: so an outcome that came too late overwrites nothing, and what nobody names is not seen.
 * - Nothing is queried but by the shapes of `queries.ts`; every field is exempt from single-field indexes (`firestore.indexes.json`).
 * - A field with a time that is queried has `shard` in front of it in its index, so that no index grows at one end only.
 * - Our name is in front of every collection's, inner ones too: time to live and exemptions from indexes are given to all collections of
 *   a name in the whole database, which others use as well.
 * - `expireAt` is the TTL field of every collection but those of policies and guards, which stay: a finished job's or batch's retention after its end; of counts a month after the last; for all else the
 *   longest time that a job can take more.
 */
export const schemaVersion = 1;

export const collections = {
  jobs: 'breakwater-jobs',
  pages: 'breakwater-pages',
  audit: 'breakwater-audit',
  texts: 'breakwater-texts',
  parcels: 'breakwater-parcels',
  keys: 'breakwater-keys',
  policies: 'breakwater-policies',
  targetCounts: 'breakwater-target-counts',
  batches: 'breakwater-batches',
  batchResults: 'breakwater-batch-results',
  recoveries: 'breakwater-recoveries',
  guards: 'breakwater-guards',
  guardLines: 'breakwater-guard-lines',
  breakerStates: 'breakwater-breaker-states',
} as const;

export const shardsMost = 8;

/** The longest that anything of a job is written before the job ends: its longest delay or deadline. */
export const jobMsMost = 366 * 86_400_000;

/** Bytes, each with its reason. */
export const sizes = {
  /** A part of a text. A document holds 1 MiB with its name; a string 89 bytes less. */
  part: 900_000,
  /** The texts within one document. Above it the largest lies apart. */
  document: 700_000,
  /** Audit lines within a job's document: they are written anew with every commit. */
  auditTail: 64 * 1024,
  /** A commit. Firestore takes 10 MiB; its emulator's gRPC takes 4 MiB. */
  commit: 3_400_000,
  /** What a document costs in a commit beside its texts: names, fields, framing. */
  documentShell: 4_096,
  /** A result in a parcel, which is written anew with every outcome. */
  parcelResult: 8 * 1024,
} as const;

/** Documents in one commit or one read; more follow in the next. */
export const documentsAtOnce = 400;

export const jobPath = (jobId: string): string => `${collections.jobs}/${segmentOf(jobId)}`;
export const pagePath = (jobId: string, no: number): string => `${jobPath(jobId)}/${collections.pages}/${no}`;
export const chunkPath = (jobId: string, lastSeq: number): string =>
  `${jobPath(jobId)}/${collections.audit}/${chunkName(lastSeq)}`;
export const textPath = (jobId: string, name: string): string => `${jobPath(jobId)}/${collections.texts}/${name}`;
export const partPath = (jobId: string, name: string, part: number): string => `${textPath(jobId, name)}-${part}`;
export const parcelPath = (jobId: string, parcelId: string): string =>
  `${jobPath(jobId)}/${collections.parcels}/${segmentOf(parcelId)}`;
export const keyPath = (key: string): string => `${collections.keys}/${hashOf(key)}`;
export const batchPath = (batchId: string): string => `${collections.batches}/${segmentOf(batchId)}`;
export const batchResultsPath = (batchId: string, no: number): string =>
  `${batchPath(batchId)}/${collections.batchResults}/${no}`;
export const recoveryPath = (recoveryId: string): string => `${collections.recoveries}/${segmentOf(recoveryId)}`;
export const targetCountsPath = (name: string): string => `${collections.targetCounts}/${hashOf(name)}`;

/** `;` comes right behind `:`, and neither of them is in a name. */
export const policyPath = (kind: string, name: string): string => `${collections.policies}/${kind}:${name}`;
export const policiesEnd = (kind: string): string => `${collections.policies}/${kind};`;

export const guardPath = (kind: string, name: string): string => `${collections.guards}/${kind}:${hashOf(name)}`;
export const guardsOf = (kind: string) => [`${collections.guards}/${kind}:`, `${collections.guards}/${kind};`] as const;
export const guardChangesPath = `${collections.guards}/changes`;
export const guardLinePath = (guard: string, order: string, at: number): string =>
  `${collections.guardLines}/${hashOf(guard)}-${order}-${at}`;
export const breakerStatePath = (name: string): string => `${collections.breakerStates}/${hashOf(name)}`;

/** A number up to 10^12 that sorts as text. */
export const chunkName = (lastSeq: number): string => String(lastSeq).padStart(12, '0');

/** The id at the end of a document's path. */
export const idOf = (path: string): string => decodeURIComponent(path.slice(path.lastIndexOf('/') + 1));

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Documents' names hold no slash, are neither `.` nor `..`, and have no `__` at both ends. */
function segmentOf(id: string): string {
  const encoded = encodeURIComponent(id);
  return /^(\.\.?|__.*__)$/.test(encoded)
    ? encoded.replace(/^[._]/, (first) => (first === '.' ? '%2E' : '%5F'))
    : encoded;
}

/** Spreads jobs evenly. FNV-1a (Fowler, Noll, Vo; public domain). */
export function shardOf(jobId: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < jobId.length; at++) hash = Math.imul(hash ^ jobId.charCodeAt(at), 0x01000193) >>> 0;
  return hash % shardsMost;
}
