import { BrokenInvariant } from '../core/assert.ts';
import { codeOf, messageOf } from '../core/error.ts';
import {
  type AuditLine,
  applyToDraft,
  type Change,
  closeDraft,
  type Draft,
  type Effect,
  isFinal,
  type Job,
  type JobEvent,
  openDraft,
  type Verdict,
} from '../jobs/index.ts';
import type { Parts, Settings } from './parts.ts';
import { pause, tryAgain } from './try-again.ts';

/**
 * The way of every event into the store. Events of one job that are there at the same time go through `applyToJob` in one commit;
 * while a commit is under way the next ones gather. The job is kept in memory between commits, so that the hot path reads nothing;
 * a conflict or a failure drops it, and the events are applied again to what the store has (they are made for that).
 */
export interface Committer {
  /** Resolves when the verdicts are durable, with undefined for an unknown job. */
  commit(jobId: string, events: readonly JobEvent[]): Promise<Committed | undefined>;
  /** For a job that is not stored yet: applies `submitted` and stores it with what it led to. False when it is there already. */
  create(job: Job, store: (change: Change) => Promise<boolean>): Promise<boolean>;
  /** The newest state: from memory only where no other engine can have made a newer one. */
  read(jobId: string): Promise<Job | undefined>;
  jobsInMemory(): number;
  /** The store's last failure, for as long as no commit has succeeded since. */
  storeFailure(): StoreFailure | undefined;
}

export interface StoreFailure {
  readonly code: string;
  readonly message: string;
  readonly since: number;
}

export interface Committed {
  readonly job: Job;
  readonly verdicts: readonly Verdict[];
}

/** What happens to a change around its commit. */
export interface CommitHooks {
  /** Claims nodes that the draft made ready, for as long as there is room here: a chain runs on in one commit. */
  claim(draft: Draft): readonly Claim[];
  /** The commit failed, the claims are void. */
  unclaim(claims: readonly Claim[]): void;
  /** A job was read from the store: an earlier commit may have claimed nodes for us and we never heard of it. */
  adopt(job: Job): void;
  /** The commit is durable. */
  after(job: Job, claims: readonly Claim[], effects: readonly Effect[], audit: readonly AuditLine[]): void;
}

export interface Claim {
  readonly node: number;
  readonly attempt: number;
}

interface Line {
  job: Job | undefined;
  readonly waiting: Request[];
  busy: boolean;
}

interface Request {
  readonly events: readonly JobEvent[];
  resolve(committed: Committed | undefined): void;
  reject(error: unknown): void;
}

export function createCommitter(parts: Parts, settings: Settings, hooks: CommitHooks): Committer {
  const { clock, store } = parts;
  const lines = new Map<string, Line>();
  let storeFailure: StoreFailure | undefined;

  function commit(jobId: string, events: readonly JobEvent[]): Promise<Committed | undefined> {
    const line = lineOf(jobId);
    return new Promise((resolve, reject) => {
      line.waiting.push({ events, resolve, reject });
      if (!line.busy) void work(jobId, line);
    });
  }

  async function work(jobId: string, line: Line): Promise<void> {
    line.busy = true;
    while (line.waiting.length > 0) await commitTogether(jobId, line, line.waiting.splice(0));
    line.busy = false;
    if (!line.job || isFinal(line.job.header.state)) lines.delete(jobId);
  }

  async function commitTogether(jobId: string, line: Line, requests: Request[]): Promise<void> {
    try {
      await tryAgain(parts, settings.storePatienceMs, () => commitOnce(jobId, line, requests));
    } catch (error) {
      line.job = undefined;
      if (!(error instanceof BrokenInvariant) || requests.length === 1) return rejectAll(requests, error);
      for (const request of requests) await commitTogether(jobId, line, [request]);
    }
  }

  async function commitOnce(jobId: string, line: Line, requests: readonly Request[]): Promise<void> {
    let certain = settings.alone;
    for (let conflicts = 1; ; conflicts++) {
      if (!line.job) {
        line.job = await reload(jobId);
        certain = true;
      }
      if (!line.job) return resolveAll(requests, undefined);
      const draft = openDraft(line.job, clock.now());
      const verdicts = requests.map(({ events }) => events.map((event) => applyToDraft(draft, event)));
      const stored = await storeDraft(line, draft, (change) =>
        store.commit(change).then((answer) => answer === 'committed'),
      );
      // A commit tells whether somebody else was here; where there is nothing to commit, the store must be asked.
      if (stored === draft.before && !certain) {
        line.job = undefined;
        continue;
      }
      if (stored) {
        for (const [place, { resolve }] of requests.entries()) resolve({ job: stored, verdicts: verdicts[place]! });
        return;
      }
      await pause(parts, conflicts);
    }
  }

  async function reload(jobId: string): Promise<Job | undefined> {
    const job = await store.load(jobId);
    if (job) hooks.adopt(job);
    return job;
  }

  /** Gives the stored job, or undefined when somebody else was first. */
  async function storeDraft(
    line: Line,
    draft: Draft,
    write: (change: Change) => Promise<boolean>,
  ): Promise<Job | undefined> {
    const claims = hooks.claim(draft);
    const change = closeDraft(draft);
    if (change.after === change.before) return change.before;
    let written = false;
    try {
      written = await write(change);
      storeFailure = undefined;
    } catch (error) {
      storeFailure ??= { code: codeOf(error), message: messageOf(error), since: clock.now() };
      throw error;
    } finally {
      line.job = written ? change.after : undefined;
      if (!written) hooks.unclaim(claims);
    }
    if (!written) return undefined;
    hooks.after(change.after, claims, change.effects, change.audit);
    return change.after;
  }

  async function create(job: Job, write: (change: Change) => Promise<boolean>): Promise<boolean> {
    const line = lineOf(job.id);
    if (line.busy || line.job) return false;
    const draft = openDraft(job, clock.now());
    applyToDraft(draft, { kind: 'submitted' });
    line.busy = true;
    try {
      return (await storeDraft(line, draft, write)) !== undefined;
    } finally {
      await work(job.id, line);
    }
  }

  function lineOf(jobId: string): Line {
    let line = lines.get(jobId);
    if (!line) {
      if (lines.size >= settings.jobsInMemory) forgetIdle(lines);
      line = { job: undefined, waiting: [], busy: false };
      lines.set(jobId, line);
    }
    return line;
  }

  return {
    commit,
    create,
    read: async (jobId) => (settings.alone ? lines.get(jobId)?.job : undefined) ?? (await store.load(jobId)),
    jobsInMemory: () => lines.size,
    storeFailure: () => storeFailure,
  };
}

/** The oldest tenth, those at work left out; they are loaded again when something happens to them. */
function forgetIdle(lines: Map<string, Line>): void {
  let left = Math.ceil(lines.size / 10);
  for (const [jobId, line] of lines) {
    if (left-- <= 0) return;
    if (!line.busy) lines.delete(jobId);
  }
}

function resolveAll(requests: readonly Request[], committed: Committed | undefined): void {
  for (const { resolve } of requests) resolve(committed);
}

function rejectAll(requests: readonly Request[], error: unknown): void {
  for (const { reject } of requests) reject(error);
}
