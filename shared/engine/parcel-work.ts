import { applyToDraft, type Job, type NodeEvent, nodeAt, openDraft, viewDraft } from '../jobs/index.ts';
import type { Parcel, ParcelEvent } from '../ports/index.ts';
import type { Claim, Committer } from './commit-events.ts';
import { createFoldWindow } from './fold-window.ts';
import type { Parts, Settings } from './parts.ts';
import type { RunningAttempt, RunningAttempts } from './running-attempts.ts';
import { tryAgain } from './try-again.ts';

/**
 * Work on parcels: claimed in a place of their own, their outcomes gathered there, and folded into the job when there is enough to
 * fold. A wide job's document is so written a handful of times, however wide the job is and however many engines work for it.
 */
export interface ParcelWork {
  /** The job as it will be once it knows of the claim; undefined when somebody else has the parcel, or had it. */
  claim(
    job: Job,
    parcelId: string,
    wanted: readonly Claim[],
  ): Promise<{ job: Job; claims: readonly Claim[] } | undefined>;
  /** Whether the attempt is part of a parcel that is held here. */
  holds(attempt: RunningAttempt): boolean;
  /** Resolves when the outcome is durable and has been folded, or others are there to fold it. */
  bringIn(attempt: RunningAttempt, event: NodeEvent): Promise<void>;
  /** Resolves when nothing is being stored for the job; undefined when nothing is. */
  whenJobIsIdle(jobId: string): Promise<unknown> | undefined;
  /** Renews the leases of the parcels held here, and resolves with whether all are; attempts that the job wants no more are abandoned. */
  renew(): Promise<boolean>;
}

export interface ParcelNeeds {
  readonly parts: Parts;
  readonly settings: Settings;
  readonly attempts: RunningAttempts;
  readonly committer: Committer;
}

interface Held {
  readonly jobId: string;
  readonly parcelId: string;
  readonly claimedAt: number;
  leaseUntil: number;
  readonly claims: readonly Claim[];
  readonly events: ParcelEvent[];
  /** The put that will take along what is not stored yet. */
  next?: Promise<void> | undefined;
  /** The last put that was asked for: one comes after the other, so that none brings back what an earlier one had. */
  putting?: Promise<void>;
}

/** Outcomes that come within this time go into one put, when the parcel is not complete before. */
const gatherMs = 250;

/** Parcels that are remembered as having been here, so that a message that comes again is known. */
const rememberedMost = 10_000;

export function createParcelWork({ parts, settings, attempts, committer }: ParcelNeeds): ParcelWork {
  const { clock } = parts;
  const held = new Map<string, Held>();
  const seen = new Set<string>();
  /** Folds under way, and the one of them that has not begun to read and may be joined. */
  const folding = new Map<string, Set<Promise<void>>>();
  const waiting = new Map<string, Promise<void>>();
  const window = createFoldWindow();

  async function claim(job: Job, parcelId: string, wanted: readonly Claim[]) {
    const key = `${job.id} ${parcelId}`;
    if (!parts.parcels || seen.has(key)) return undefined;
    remember(key);
    const now = clock.now();
    const parcel: Held = {
      jobId: job.id,
      parcelId,
      claimedAt: now,
      leaseUntil: now + settings.leaseMs,
      claims: wanted,
      events: [],
    };
    try {
      const answer = await tryAgain(parts, settings.storePatienceMs, () =>
        parts.parcels!.claim(job.id, parcelId, contentOf(parcel)),
      );
      if (answer.kind === 'taken' && answer.owner !== settings.owner) return undefined;
    } catch (error) {
      seen.delete(key);
      throw error;
    }
    held.set(key, parcel);
    return viewWith(job, parcel);
  }

  function remember(key: string): void {
    seen.add(key);
    if (seen.size > rememberedMost) seen.delete(seen.values().next().value!);
  }

  /** What the job's next fold will make of the claim. */
  function viewWith(job: Job, { parcelId, claimedAt, leaseUntil, claims }: Held) {
    const draft = openDraft(job, claimedAt);
    const mine = claims.filter(({ node, attempt }) => {
      const { owner } = settings;
      return (
        applyToDraft(draft, { kind: 'claimed', node, attempt, owner, leaseUntil, parcel: parcelId }).kind === 'applied'
      );
    });
    return { job: viewDraft(draft), claims: mine };
  }

  function contentOf({ claimedAt, leaseUntil, claims, events }: Held): Parcel {
    return { owner: settings.owner, claimedAt, leaseUntil, claims, events: [...events] };
  }

  function parcelOf({ jobId, node, attempt }: RunningAttempt): Held | undefined {
    for (const parcel of held.values()) {
      if (parcel.jobId === jobId && parcel.claims.some((each) => each.node === node && each.attempt === attempt))
        return parcel;
    }
    return undefined;
  }

  async function bringIn(attempt: RunningAttempt, event: NodeEvent): Promise<void> {
    const parcel = parcelOf(attempt);
    if (!parcel) return;
    tellOnce(parcel, { ...event, at: clock.now() });
    parcel.next ??= gather(parcel).then(() => putGathered(parcel));
    await parcel.next;
    await foldSoon(parcel.jobId);
  }

  /** Waits for the rest of the parcel, though not for long. */
  async function gather(parcel: Held): Promise<void> {
    const until = clock.now() + gatherMs;
    while (!isComplete(parcel) && clock.now() < until) await attempts.whenChanged(until, clock);
  }

  /** What is told from now on is for the next put; so is all of it when this one fails. */
  async function putGathered(parcel: Held): Promise<void> {
    parcel.next = undefined;
    await put(parcel);
    if (isComplete(parcel)) held.delete(`${parcel.jobId} ${parcel.parcelId}`);
  }

  function put(parcel: Held): Promise<void> {
    const write = () =>
      tryAgain(parts, settings.storePatienceMs, () =>
        parts.parcels!.put(parcel.jobId, parcel.parcelId, contentOf(parcel)),
      );
    parcel.putting = parcel.putting ? parcel.putting.then(write, write) : write();
    return parcel.putting;
  }

  /** One fold for all who ask within the window: the others of this engine join it, other engines' folds make it needless. */
  function foldSoon(jobId: string): Promise<void> {
    const joinable = waiting.get(jobId);
    if (joinable) return joinable;
    const fold = foldAfterWindow(jobId);
    waiting.set(jobId, fold);
    const underWay = folding.get(jobId) ?? new Set();
    folding.set(jobId, underWay.add(fold));
    const forget = (): void => {
      underWay.delete(fold);
      if (underWay.size === 0 && folding.get(jobId) === underWay) folding.delete(jobId);
    };
    fold.then(forget, forget);
    return fold;
  }

  async function foldAfterWindow(jobId: string): Promise<void> {
    await clock.sleep(window.draw(parts.random.next()));
    waiting.delete(jobId);
    const begun = clock.now();
    const folded = await committer.fold(jobId, 'whenUseful');
    window.observe(clock.now() - begun, (folded?.conflicts ?? 0) > 0);
  }

  async function renew(): Promise<boolean> {
    letGo();
    const soon = clock.now() + (settings.leaseMs * 2) / 3;
    const old = [...held.values()].filter(({ leaseUntil }) => leaseUntil < soon);
    return (await Promise.all(old.map(renewOne))).every(Boolean);
  }

  /** What was taken from here never tells its parcel. One of which nothing runs here any more is left to its lease. */
  function letGo(): void {
    for (const [key, { jobId, claims, next }] of held)
      if (!next && !claims.some(({ node, attempt }) => attempts.find(jobId, node, attempt))) held.delete(key);
  }

  async function renewOne(parcel: Held): Promise<boolean> {
    const { leaseUntil, jobId, parcelId } = parcel;
    try {
      parcel.leaseUntil = clock.now() + settings.leaseMs;
      await put(parcel);
      const job = await committer.read(jobId);
      for (const claim of parcel.claims) {
        const attempt = attempts.find(jobId, claim.node, claim.attempt);
        if (attempt && !isWanted(job, claim)) attempt.abandon('its job wants it no more');
      }
      return true;
    } catch (error) {
      parcel.leaseUntil = leaseUntil;
      parts.report(error, `the lease of parcel ${parcelId} of job ${jobId} could not be renewed`);
      return false;
    }
  }

  function isWanted(job: Job | undefined, { node, attempt }: Claim): boolean {
    const run = job && nodeAt(job, node);
    return run?.state === 'running' && run.attempt === attempt && run.owner === settings.owner;
  }

  function whenJobIsIdle(jobId: string): Promise<unknown> | undefined {
    const puts = [...held.values()].flatMap((each) => (each.jobId === jobId && each.next ? [each.next] : []));
    const work = [...puts, ...(folding.get(jobId) ?? [])];
    return work.length === 0 ? undefined : Promise.allSettled(work);
  }

  return { whenJobIsIdle, claim, holds: (attempt) => parcelOf(attempt) !== undefined, bringIn, renew };
}

/** An outcome that could not be stored may come again, or be replaced by one that can. */
function tellOnce({ events }: Held, event: ParcelEvent): void {
  const place = events.findIndex(({ node }) => node === event.node);
  if (place < 0) events.push(event);
  else events[place] = event;
}

function isComplete({ claims, events }: Held): boolean {
  return events.length >= claims.length;
}
