import { createMemoryRecoveries } from '../../shared/adapters/memory/recoveries.ts';
import { CodedError } from '../../shared/core/error.ts';
import type { BatchDesk } from '../../shared/engine/batch-desk.ts';
import type { Committer } from '../../shared/engine/commit-events.ts';
import type { Answer, Engine, EngineHealth } from '../../shared/engine/engine.ts';
import { listRetries } from '../../shared/engine/list-retries.ts';
import { recoveriesOf } from '../../shared/engine/recoveries.ts';
import { redriveJob } from '../../shared/engine/redrive-job.ts';
import { verifyStoredAudit } from '../../shared/engine/verify-audit.ts';
import {
  type AuditLine,
  applyToDraft,
  closeDraft,
  fingerprintOf,
  indexOfNode,
  isFinal,
  type Job,
  type JobEvent,
  newJob,
  openDraft,
  type Verdict,
} from '../../shared/jobs/index.ts';
import { fakeBatches } from './fake-batches.ts';

/** An engine that we can hold in the hand: jobs move through the one door and nobody executes them. */
export interface FakeEngine extends Engine {
  /** What happens next. */
  happens(jobId: string, event: JobEvent, now?: number): Answer;
  /** Every call rejects with this from now on. */
  breaks(error: Error | undefined): void;
  /** What `submit` refuses with. */
  refuses(faults: readonly { path: string; message: string }[]): void;
  reports(health: Partial<EngineHealth>): void;
  /** Streams that watch now. */
  readonly watching: number;
}

export function fakeEngine(now: () => number): FakeEngine {
  const jobs = new Map<string, Job>();
  const audits = new Map<string, AuditLine[]>();
  const keys = new Map<string, { jobId: string; fingerprint: string }>();
  const wakers = new Set<() => void>();
  let broken: Error | undefined;
  let faults: readonly { path: string; message: string }[] = [];
  let health: EngineHealth = {
    state: 'running',
    owner: 'engine-1',
    runningAttempts: 0,
    concurrency: 64,
    jobsInMemory: 0,
    missingHandlers: [],
    store: { reads: 1, writes: 2, deletes: 0, conflicts: 0, commits: 2, fsyncs: 2 },
  };
  const recoveries = createMemoryRecoveries();
  let watching = 0;
  let batches: BatchDesk | undefined;

  function happens(jobId: string, event: JobEvent, at = now()): Answer {
    const job = jobs.get(jobId);
    if (!job) return { kind: 'unknownJob' };
    const draft = openDraft(job, at);
    const verdict = applyToDraft(draft, event);
    const { after, audit, sessions } = closeDraft(draft);
    recoveries.keep(sessions);
    jobs.set(jobId, after);
    audits.get(jobId)?.push(...audit);
    for (const wake of wakers) wake();
    if (verdict.kind === 'refused') return { ...verdict, job: after };
    return { kind: verdict.kind === 'applied' ? 'done' : 'repeated', job: after };
  }

  async function tell(jobId: string, event: JobEvent): Promise<Answer> {
    if (broken) throw broken;
    return happens(jobId, event);
  }

  /** What flows of the real engine need of a committer. */
  const desk: Pick<Committer, 'read' | 'commit'> = {
    async read(jobId) {
      if (broken) throw broken;
      return jobs.get(jobId);
    },
    async commit(jobId, [event]) {
      const answer = await tell(jobId, event!);
      if (answer.kind === 'unknownJob') return undefined;
      return { job: answer.job, conflicts: 0, verdicts: [verdictOf(answer)] };
    },
  };

  async function tellNode(jobId: string, nodeId: string, event: (node: number) => JobEvent): Promise<Answer> {
    const job = jobs.get(jobId);
    const node = job && indexOfNode(job, nodeId);
    if (job && node === undefined) return { kind: 'refused', because: 'unknownNode', job };
    return tell(jobId, event(node ?? 0));
  }

  return {
    happens,
    breaks: (error) => {
      broken = error;
    },
    refuses: (some) => {
      faults = some;
    },
    reports: (some) => {
      health = { ...health, ...some };
    },
    get watching() {
      return watching;
    },
    async submit(spec, { idempotencyKey, fingerprint = fingerprintOf(spec), faults: sent = [], trace } = {}) {
      if (broken) throw broken;
      if (faults.length > 0) return { kind: 'refused', faults };
      const before = idempotencyKey === undefined ? undefined : keys.get(idempotencyKey);
      if (before) return { kind: before.fingerprint === fingerprint ? 'existing' : 'keyReused', jobId: before.jobId };
      if (sent.length > 0) return { kind: 'refused', faults: sent };
      const jobId = `job-${jobs.size + 1}`;
      if (idempotencyKey !== undefined) keys.set(idempotencyKey, { jobId, fingerprint });
      jobs.set(jobId, newJob({ id: jobId, spec }, now()));
      audits.set(jobId, []);
      happens(jobId, { kind: 'submitted', ...(trace !== undefined && { trace }) });
      return { kind: 'created', jobId };
    },
    async get(jobId) {
      if (broken) throw broken;
      return jobs.get(jobId);
    },
    glance: async (jobId) => jobs.get(jobId),
    async list({ states, name, failureCode, submittedFrom = 0, submittedBefore = Infinity, size, pageToken }) {
      const first = pageToken === undefined ? 0 : Number(pageToken);
      if (Number.isNaN(first)) throw new CodedError('page_token_invalid', `"${pageToken}" is not a page token`);
      const found = [...jobs.values()]
        .filter(({ header }) => !states || states.includes(header.state))
        .filter(({ spec }) => name === undefined || spec.name === name)
        .filter(({ header }) => failureCode === undefined || header.failure?.code === failureCode)
        .filter(({ header }) => header.submittedAt >= submittedFrom && header.submittedAt < submittedBefore)
        .reverse();
      const page = found.slice(first, first + size).map(({ id, spec, header }) => ({
        jobId: id,
        name: spec.name,
        state: header.state,
        priority: 5,
        submittedAt: header.submittedAt,
        fingerprint: fingerprintOf(spec),
      }));
      return { jobs: page, ...(first + size < found.length && { nextPageToken: String(first + size) }) };
    },
    verifyAudit(jobId, keptSeal) {
      return verifyStoredAudit({ ...this, load: async () => jobs.get(jobId) }, async () => {}, jobId, keptSeal);
    },
    async readAudit(jobId, after, limit) {
      if (broken) throw broken;
      return (audits.get(jobId) ?? []).filter(({ seq }) => seq > after).slice(0, limit);
    },
    retryNow: (jobId, nodeId, attempt, asked) =>
      tellNode(jobId, nodeId, (node) => ({ kind: 'retriedNow', node, attempt, ...asked })),
    cancelRetry: (jobId, nodeId, attempt, asked) =>
      tellNode(jobId, nodeId, (node) => ({ kind: 'retryCancelled', node, attempt, ...asked })),
    get batches() {
      batches ??= fakeBatches(this, now);
      return batches;
    },
    ...recoveriesOf({ clock: { now, sleep: async () => {} }, recoveries }, desk),
    checkpoint: (jobId, name, asked) => tell(jobId, { kind: 'checkpointed', name, ...asked }),
    restore: (jobId, checkpoint, asked) =>
      tell(jobId, { kind: 'restored', ...(checkpoint !== undefined && { checkpoint }), ...asked }),
    listRetries(query) {
      return listRetries(this, async (jobId) => jobs.get(jobId), query);
    },
    cancel: (jobId, asked) => tell(jobId, { kind: 'cancelled', ...asked }),
    pause: (jobId, asked) => tell(jobId, { kind: 'paused', ...asked }),
    resume: (jobId, asked) => tell(jobId, { kind: 'resumed', ...asked }),
    redrive: (jobId, options, asked) => redriveJob(desk, { now }, jobId, options, asked),
    rollback: (jobId, asked) => tell(jobId, { kind: 'rollbackStarted', ...asked }),
    retryCompensation: (jobId, nodeId, asked) =>
      tellNode(jobId, nodeId, (node) => ({ kind: 'compensationRetried', node, ...asked })),
    skip: (jobId, nodeId, asked) => tellNode(jobId, nodeId, (node) => ({ kind: 'nodeSkipped', node, ...asked })),
    signal: (jobId, { id = 'signal-1', ...signal }) => tell(jobId, { kind: 'signalled', id, ...signal }),
    complete: (jobId, nodeId, attempt, result) =>
      tellNode(jobId, nodeId, (node) => ({ kind: 'succeeded', node, attempt, result, resultBytes: 1 })),
    fail: (jobId, nodeId, attempt, failure) =>
      tellNode(jobId, nodeId, (node) => ({ kind: 'failed', node, attempt, failure, chance: 0.5 })),
    heartbeat: (jobId, nodeId, attempt) =>
      tellNode(jobId, nodeId, (node) => ({ kind: 'heartbeat', node, attempt, leaseUntil: now() + 30_000 })),
    async *watch(jobId, after, signal) {
      watching++;
      try {
        for (let last = after; !signal.aborted; ) {
          const line = audits.get(jobId)?.find(({ seq }) => seq > last);
          if (broken) throw broken;
          if (!line) await changed(wakers, signal);
          else {
            last = line.seq;
            yield line;
            if (isOver(jobs.get(jobId), line)) return;
          }
        }
      } finally {
        watching--;
      }
    },
    whenEnded: async (jobId) => jobs.get(jobId)!,
    registerHandler: () => {},
    start: async () => {},
    stop: async () => {},
    health: () => health,
  };
}

function verdictOf(answer: Exclude<Answer, { kind: 'unknownJob' }>): Verdict {
  if (answer.kind === 'refused') return { kind: 'refused', because: answer.because };
  return { kind: answer.kind === 'done' ? 'applied' : 'repeated' };
}

/** The line that made it final need not be the last, and a job that has gone on since has more to tell. */
function isOver(job: Job | undefined, { seq }: AuditLine): boolean {
  return job === undefined || (isFinal(job.header.state) && job.header.auditCount === seq);
}

function changed(wakers: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      wakers.delete(wake);
      resolve();
    };
    wakers.add(wake);
    signal.addEventListener('abort', wake, { once: true });
  });
}
