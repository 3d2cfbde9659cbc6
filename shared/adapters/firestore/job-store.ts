import type { Clock } from '../../core/clock.ts';
import { CodedError } from '../../core/error.ts';
import type { Idempotency, Job } from '../../jobs/index.ts';
import type { Created, DueJob, JobChange, JobStore, StoreUsage } from '../../ports/index.ts';
import type { Asker, Count } from './ask.ts';
import { checkSchema } from './job-document.ts';
import { idOf, jobPath, keyPath } from './layout.ts';
import { listJobs } from './list-jobs.ts';
import { allShards, dueQuery } from './queries.ts';
import { readAudit } from './read-audit.ts';
import { createJobReader } from './read-job.ts';
import type { Texts } from './texts.ts';
import { numberIn, type Precondition, type StoredDocument, textIn } from './values.ts';
import { type Basis, type NewJob, planCommit, planCreate } from './write-job.ts';
import { writePlan } from './write-plan.ts';

export interface JobStoreParts {
  readonly clock: Clock;
  readonly asker: Asker;
  readonly texts: Texts;
  readonly count: Count;
  readonly retentionMs: number;
  /** Which shards `findDue` looks at. */
  readonly shards?: readonly number[];
}

/**
 * A commit is one batch of writes whose precondition is the update time that this process saw last, so it reads nothing and waits for
 * no lock. That time, and the audit lines which must move on with it, are remembered with the very job that was loaded or committed.
 */
export function createJobStore({
  clock,
  asker,
  texts,
  count,
  retentionMs,
  shards = allShards,
}: JobStoreParts): JobStore {
  const reader = createJobReader(asker, texts);
  const bases = new WeakMap<Job, Promise<Basis | undefined>>();
  const times = () => ({ now: clock.now(), retentionMs });

  /** Remembers what `write` leads to at once, so that the next commit may be asked for before this one is done. */
  async function leadingTo(job: Job, write: () => Promise<Basis | undefined>): Promise<boolean> {
    const basis = write();
    bases.set(
      job,
      basis.catch(() => undefined),
    );
    return (await basis) !== undefined;
  }

  async function create(made: NewJob, onlyKey: Precondition) {
    const { plan, tail } = planCreate(made, times(), onlyKey);
    const written = await writePlan(asker, texts, plan);
    return written.kind === 'written' ? { updateTime: written.times[0]!, tail } : undefined;
  }

  async function commit(change: JobChange): Promise<Basis | undefined> {
    const { before } = change;
    const basis = (await bases.get(before)) ?? (await lookAt(before));
    if (!basis) return undefined;
    const { plan, tail } = planCommit(change, basis, times());
    const written = await writePlan(asker, texts, plan);
    return written.kind === 'written' ? { updateTime: written.times[0]!, tail } : undefined;
  }

  async function lookAt({ id, header }: Job): Promise<Basis | undefined> {
    const look = await reader.look(id);
    return look?.version === header.version ? look.basis : undefined;
  }

  return {
    async create(job, audit, sessions = []) {
      let onlyKey: Precondition = { exists: false };
      for (let tries = 0; tries < createsMost; tries++) {
        if (await leadingTo(job, () => create({ job, audit, sessions }, onlyKey))) {
          return { kind: 'created' };
        }
        const found = await findExisting(asker, job);
        if (found.kind === 'exists') return found;
        onlyKey = found.onlyKey;
      }
      throw new CodedError('store_unavailable', `Job ${job.id} could not be created: others write at the same place.`);
    },
    async commit(change) {
      return (await leadingTo(change.after, () => commit(change))) ? 'committed' : 'conflict';
    },
    async load(jobId, known) {
      const basis = known && (await bases.get(known));
      const loaded = await reader.load(jobId, known && basis && { job: known, basis });
      if (loaded) bases.set(loaded.job, Promise.resolve(loaded.basis));
      return loaded?.job;
    },
    async findDue(before, limit, after) {
      if (limit <= 0) return [];
      return (await asker.query(dueQuery(shards, before, limit, after))).map(dueJobOf);
    },
    list: (query) => listJobs(asker, query),
    readAudit: (jobId, after, limit) => readAudit(asker, texts, jobId, after, limit),
    usage: (): StoreUsage => ({ ...count, deletes: 0, fsyncs: 0 }),
  };
}

/** Whoever loads the job is told in words when another version has written it; it is not passed over here. */
function dueJobOf({ path, fields }: StoredDocument): DueJob {
  const alarmAt = numberIn(fields, 'alarmAt');
  return {
    jobId: idOf(path),
    nextCheckAt: numberIn(fields, 'nextCheckAt')!,
    ...(alarmAt !== undefined && { alarmAt }),
  };
}

const createsMost = 3;

type Existing = Extract<Created, { kind: 'exists' }> | { readonly kind: 'gone'; readonly onlyKey: Precondition };

/** Which job is in the way: a key wins over an id. A key outlives its job, whose retention may be over, and then may be taken. */
async function findExisting(asker: Asker, job: Job): Promise<Existing> {
  const [ofKey, ofJob] = [job.header.idempotency && keyPath(job.header.idempotency.key), jobPath(job.id)];
  const { documents } = await asker.get(ofKey === undefined ? [ofJob] : [ofKey, ofJob]);
  const holder = ofKey === undefined ? undefined : documents.get(ofKey);
  const path = holder ? jobPath(textIn(holder.fields, 'jobId')!) : ofJob;
  const document = path === ofJob ? documents.get(ofJob) : (await asker.get([path])).documents.get(path);
  if (document) return existsAs(document);
  return { kind: 'gone', onlyKey: holder ? { updateTime: holder.updateTime } : { exists: false } };
}

function existsAs(document: StoredDocument): Existing {
  checkSchema(document);
  const idempotency = idempotencyOf(document);
  return { kind: 'exists', jobId: idOf(document.path), ...(idempotency && { idempotency }) };
}

function idempotencyOf({ fields }: StoredDocument): Idempotency | undefined {
  const key = textIn(fields, 'idempotencyKey');
  return key === undefined ? undefined : { key, fingerprint: textIn(fields, 'idempotencyFingerprint')! };
}
