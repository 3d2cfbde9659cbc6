import { CodedError } from '../core/error.ts';
import {
  applyToDraft,
  type Change,
  closeDraft,
  type Draft,
  type Effect,
  fold,
  handOut,
  isFinal,
  type Job,
  type JobEvent,
  openDraft,
  type Verdict,
  viewDraft,
} from '../jobs/index.ts';
import type { ClaimedParcel } from '../ports/index.ts';
import type { Pass } from './gate.ts';
import { type Committed, createJobLines, type Folds, type Line, type Request } from './job-lines.ts';
import { newsOf } from './parcel-news.ts';
import type { Parts, Settings } from './parts.ts';
import { shareReads } from './share-reads.ts';
import { createStoreWatch, type StoreFailure } from './store-watch.ts';
import { mayPass, pause, tryAgain } from './try-again.ts';

/**
 * The way of every event into the store. Events of one job that are there at the same time go through `applyToJob` in one commit;
 * while a commit is under way the next ones gather. The job is kept in memory between commits, so that the hot path reads nothing;
 * after a conflict or a failure it is in doubt, and the events are applied again to what the store has (they are made for that).
 */
export interface Committer {
  /** Resolves when the verdicts are durable, with undefined for an unknown job. */
  commit(jobId: string, events: readonly JobEvent[]): Promise<Committed | undefined>;
  /** For a job that is not stored yet: applies `submitted` to it and stores it with what it led to. False when it is there already. */
  create(job: Job, submitted: Submission, store: (change: Change) => Promise<boolean>): Promise<boolean>;
  /** The newest state: from memory only where no other engine can have made a newer one. */
  read(jobId: string): Promise<Job | undefined>;
  /** The newest stored state, without what its parcels know: enough for who claims one, since the claim itself decides. */
  readStored(jobId: string): Promise<Job | undefined>;
  /** The newest state, with what its parcels know brought into it for good. */
  fold(jobId: string, folds: Folds): Promise<Committed | undefined>;
  /** The state that was last seen here, whoever may have changed it since; read when none was. */
  glance(jobId: string): Promise<Job | undefined>;
  /** The state that was last seen here, unless it is in doubt; another engine may have left it behind. */
  recall(jobId: string): Promise<Job | undefined>;
  /** Resolves when no commit of the job is under way; undefined when none is. */
  whenJobIsIdle(jobId: string): Promise<void> | undefined;
  /** Resolves when no commit is under way. */
  whenIdle(): Promise<void>;
  jobsInMemory(): number;
  /** The store's last failure, for as long as no commit has succeeded since. */
  storeFailure(): StoreFailure | undefined;
}

type Submission = Extract<JobEvent, { kind: 'submitted' }>;

/** What happens to a change around its commit. */
export interface CommitHooks {
  /** Claims nodes that the draft made ready, for as long as there is room here: a chain runs on in one commit. */
  claim(draft: Draft): readonly Claim[];
  /** The commit was not answered or came to nothing: the claims may be stored or not, and the next reading of the job will tell. */
  doubt(jobId: string, claims: readonly Claim[]): void;
  /** The job was read from the store: doubtful claims that are there are taken up. */
  adopt(job: Job): void;
  /** What an event must know that nobody knew who made it. */
  advise(draft: Draft, event: JobEvent): JobEvent;
  /** The event was applied and is durable. */
  learn(before: Job, event: JobEvent, after: Job): void;
  /** The commit is durable. */
  after(job: Job, claims: readonly Claim[], effects: readonly Effect[]): void;
}

export interface Claim {
  readonly node: number;
  readonly attempt: number;
  /** Of a node that guards had to let through. */
  readonly pass?: Pass;
}

export function createCommitter(parts: Parts, settings: Settings, hooks: CommitHooks): Committer {
  const { clock, store } = parts;
  const { watched, failure: storeFailure } = createStoreWatch(clock);
  const lines = createJobLines(settings.jobsInMemory, settings.bytesInMemory);
  const idle: (() => void)[] = [];
  let working = 0;

  function commit(jobId: string, events: readonly JobEvent[], folds?: Folds): Promise<Committed | undefined> {
    const line = lines.of(jobId);
    return new Promise((resolve, reject) => {
      line.waiting.push({ events, folds, resolve, reject });
      if (!line.busy) void work(jobId, line);
    });
  }

  async function work(jobId: string, line: Line): Promise<void> {
    begin(line);
    while (line.waiting.length > 0) await commitTogether(jobId, line, line.waiting.splice(0));
    end(jobId, line);
  }

  function begin(line: Line): void {
    working++;
    line.busy = true;
  }

  function end(jobId: string, line: Line): void {
    line.busy = false;
    lines.keep(jobId, line);
    for (const resolve of line.onIdle.splice(0)) resolve();
    if (--working === 0) for (const resolve of idle.splice(0)) resolve();
  }

  async function commitTogether(jobId: string, line: Line, requests: Request[]): Promise<void> {
    try {
      await tryAgain(parts, settings.storePatienceMs, () => commitOnce(jobId, line, requests));
    } catch (error) {
      line.job = undefined;
      // A bug in one event must not take its neighbours along.
      if (mayPass(error) || requests.length === 1) return rejectAll(requests, error);
      for (const request of requests) await commitTogether(jobId, line, [request]);
    }
  }

  async function commitOnce(jobId: string, line: Line, requests: readonly Request[]): Promise<void> {
    const until = clock.now() + settings.storePatienceMs;
    let certain = settings.alone;
    for (let conflicts = 1; ; conflicts++) {
      if (clock.now() > until) throw new CodedError('store_unavailable', `Others keep writing job ${jobId}.`);
      if (!line.job || line.isDoubted) {
        await reload(jobId, line);
        certain = true;
      }
      if (!line.job) return resolveAll(requests, undefined);
      const news = await parcelNews(line.job, line.toldAll);
      const draft = openDraft(line.job, clock.now(), settings.requeueMs);
      fold(draft, news);
      const isLook = isGlance(requests, draft);
      if (isLook && certain) {
        return resolveAll(requests, { job: viewDraft(draft), verdicts: [], conflicts: conflicts - 1 });
      }
      if (isLook) {
        // What is only looked at must be looked at as it is stored.
        line.isDoubted = true;
        continue;
      }
      const told = requests.map(({ events }) => events.map((event) => applyTo(draft, event)));
      const verdicts = told.map((each) => each.map(({ verdict }) => verdict));
      const stored = await storeDraft(line, draft, (change) =>
        store.commit(change).then((answer) => answer === 'committed'),
      );
      // A commit tells whether somebody else was here; where there is nothing to commit, the store must be asked.
      if (stored === draft.before && !certain) {
        line.isDoubted = true;
        continue;
      }
      if (stored) {
        for (const { event, verdict } of told.flat())
          if (verdict.kind === 'applied') hooks.learn(draft.before, event, stored);
        for (const [place, { resolve }] of requests.entries())
          resolve({ job: stored, verdicts: verdicts[place]!, conflicts: conflicts - 1 });
        return;
      }
      await pause(parts, conflicts);
    }
  }

  function applyTo(draft: Draft, given: JobEvent): { readonly event: JobEvent; readonly verdict: Verdict } {
    const event = hooks.advise(draft, given);
    return { event, verdict: applyToDraft(draft, event) };
  }

  async function parcelNews(job: Job, toldAll: Map<string, ClaimedParcel>): Promise<readonly ClaimedParcel[]> {
    return parts.parcels ? watched('read', newsOf(parts.parcels, job, toldAll)) : [];
  }

  async function reload(jobId: string, line: Line): Promise<void> {
    line.job = await watched('read', store.load(jobId, line.job));
    line.isDoubted = false;
    if (line.job) hooks.adopt(line.job);
  }

  /** Gives the stored job, or undefined when somebody else was first. */
  async function storeDraft(
    line: Line,
    draft: Draft,
    write: (change: Change) => Promise<boolean>,
  ): Promise<Job | undefined> {
    const claims = hooks.claim(draft);
    if (parts.parcels) handOut(draft, settings.nodesPerParcel);
    const change = closeDraft(draft);
    if (change.after === change.before) return change.before;
    let written = false;
    try {
      written = await watched('write', write(change));
    } finally {
      if (written) line.job = change.after;
      line.isDoubted = !written;
      if (!written) hooks.doubt(draft.id, claims);
    }
    if (!written) return undefined;
    hooks.after(change.after, claims, change.effects);
    return change.after;
  }

  async function create(
    job: Job,
    submitted: Submission,
    write: (change: Change) => Promise<boolean>,
  ): Promise<boolean> {
    let line = lines.of(job.id);
    // Somebody may be looking for the job at this moment, or creating it.
    for (; line.busy; line = lines.of(job.id)) await whenLineIsIdle(line);
    if (line.job && !line.isDoubted) return false;
    const draft = openDraft(job, clock.now(), settings.requeueMs);
    applyToDraft(draft, submitted);
    begin(line);
    try {
      return (await storeDraft(line, draft, write)) !== undefined;
    } finally {
      while (line.waiting.length > 0) await commitTogether(job.id, line, line.waiting.splice(0));
      end(job.id, line);
    }
  }

  /**
   * An engine that is alone knows its jobs; with others about, only the store does. It is read in its turn, so that the next commit
   * builds on what was read, unless writes stand before it that may have to wait for the store.
   */
  async function read(jobId: string): Promise<Job | undefined> {
    const line = lines.find(jobId);
    if (settings.alone && line?.job && !line.isDoubted) return line.job;
    if (line?.busy) return lookAside(jobId);
    if (line) line.isDoubted = true;
    return (await commit(jobId, []))?.job;
  }

  const readStored = shareReads(async (jobId: string): Promise<Job | undefined> => {
    const job = await watched('read', store.load(jobId, lines.find(jobId)?.job));
    const line = lines.find(jobId);
    // Whoever looks next need not read it again, if it is still the same.
    if (job && line && !line.busy && !settings.alone) {
      line.job = job;
      line.isDoubted = true;
    }
    return job;
  });

  const lookAside = shareReads(async (jobId: string): Promise<Job | undefined> => {
    const job = await readStored(jobId);
    const news = job ? await parcelNews(job, lines.find(jobId)?.toldAll ?? new Map()) : [];
    if (!job || news.length === 0) return job;
    const draft = openDraft(job, clock.now(), settings.requeueMs);
    fold(draft, news);
    return viewDraft(draft);
  });

  async function foldJob(jobId: string, folds: Folds): Promise<Committed | undefined> {
    const line = lines.find(jobId);
    if (line && !line.busy && !settings.alone) line.isDoubted = true;
    return commit(jobId, [], folds);
  }

  async function recall(jobId: string): Promise<Job | undefined> {
    const line = lines.find(jobId);
    return line?.job && !line.isDoubted ? line.job : read(jobId);
  }

  return {
    commit,
    create,
    read,
    readStored,
    fold: foldJob,
    recall,
    glance: async (jobId) => lines.find(jobId)?.job ?? read(jobId),
    whenJobIsIdle(jobId) {
      const line = lines.find(jobId);
      return line?.busy ? whenLineIsIdle(line) : undefined;
    },
    whenIdle: () => (working === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))),
    jobsInMemory: () => lines.size,
    storeFailure,
  };
}

/** Nothing is asked for but a look, and nothing follows from what the parcels know that somebody would have to hear of. */
function isGlance(requests: readonly Request[], { effects, header }: Draft): boolean {
  const isUseful = effects.length > 0 || isFinal(header.state);
  return requests.every(
    ({ events, folds }) => events.length === 0 && (!folds || (folds === 'whenUseful' && !isUseful)),
  );
}

function whenLineIsIdle(line: Line): Promise<void> {
  return new Promise((resolve) => line.onIdle.push(resolve));
}

function resolveAll(requests: readonly Request[], committed: Committed | undefined): void {
  for (const { resolve } of requests) resolve(committed);
}

function rejectAll(requests: readonly Request[], error: unknown): void {
  for (const { reject } of requests) reject(error);
}
