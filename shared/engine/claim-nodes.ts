import { applyToDraft, type Draft, type Effect, hasNode, type Job, nodeSpecAt, readyInParcel } from '../jobs/index.ts';
import type { NodeMessage } from '../ports/index.ts';
import { allEnded } from './all-ended.ts';
import { byJob } from './by-job.ts';
import type { Claim, Committer } from './commit-events.ts';
import type { Handler } from './engine.ts';
import type { ParcelWork } from './parcel-work.ts';
import type { Parts, Settings } from './parts.ts';
import type { RunningAttempts } from './running-attempts.ts';

/** Makes ready nodes this engine's own, for as long as it has room. */
export interface Claimer {
  /** Claims nodes that a draft made ready, so that a chain runs on in one commit. */
  claimInDraft(draft: Draft): readonly Claim[];
  /** Takes from the source what there is room for. */
  wake(): void;
  /** Claims and runs those of these nodes of a job that are still to be had. Rejects when the store fails; then none is run. */
  claim(jobId: string, messages: readonly NodeMessage[]): Promise<void>;
  /** Of parcels that are about to be published, claims here what there is room for; gives the rest. */
  keepParcels(jobId: string, messages: readonly NodeMessage[]): readonly NodeMessage[];
  /** Resolves when nothing of the job is being claimed; undefined when nothing is. */
  whenJobIsIdle(jobId: string): Promise<unknown> | undefined;
  /** From now on nothing is claimed. Resolves when what is being claimed has been, or has not. */
  close(): Promise<void>;
  /** Handlers that ready nodes asked for and this engine does not have: they wait for one that does. */
  missingHandlers(): readonly string[];
}

export interface ClaimerNeeds {
  readonly parts: Parts;
  readonly settings: Settings;
  readonly attempts: RunningAttempts;
  readonly committer: Committer;
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly parcelWork: ParcelWork;
  /** How many nodes of the job may be claimed here now. */
  roomFor(jobId: string): number;
  run(job: Job, claims: readonly Claim[]): void;
}

export function createClaimer(needs: ClaimerNeeds): Claimer {
  const { parts, settings, attempts, committer, handlers, parcelWork, roomFor, run } = needs;
  const { clock, source } = parts;
  const { owner, leaseMs } = settings;
  const claiming = new Map<Promise<void>, string>();
  const missing = new Set<string>();

  const claimed = ({ node, attempt }: Claim) =>
    ({ kind: 'claimed', node, attempt, owner, leaseUntil: clock.now() + leaseMs }) as const;

  function claimInDraft(draft: Draft): readonly Claim[] {
    const room = attempts.isClosed ? 0 : roomFor(draft.id);
    if (room <= 0) return [];
    const claims: Claim[] = [];
    const waiting = source?.bestRank() ?? -1;
    for (const effect of bestFirst(draft.effects, room)) {
      // Somebody in the queue who has waited a whole priority level longer goes first.
      if (waiting >= effect.priority + 1 || effect.parcel !== undefined || !canRun(draft, effect.node)) continue;
      if (claims.length >= room) break;
      const { kind } = applyToDraft(draft, claimed(effect));
      if (kind === 'applied') claims.push({ node: effect.node, attempt: effect.attempt });
    }
    attempts.reserve(claims.length);
    return claims;
  }

  function wake(): void {
    if (!source || attempts.isClosed || attempts.free <= 0) return;
    for (const [jobId, messages] of byJob(source.take(attempts.free))) claimBehind(jobId, messages);
  }

  /** The sweep alone finishes a job, even where no message ever arrives. */
  function keepParcels(jobId: string, messages: readonly NodeMessage[]): readonly NodeMessage[] {
    let room = attempts.isClosed ? 0 : roomFor(jobId);
    const rest: NodeMessage[] = [];
    for (const [parcel, together] of Map.groupBy(messages, (each) => each.parcel)) {
      if (parcel === undefined || room <= 0) rest.push(...together);
      else claimBehind(jobId, together);
      room -= parcel === undefined ? 0 : together.length;
    }
    return rest;
  }

  function claimBehind(jobId: string, messages: readonly NodeMessage[]): void {
    void claim(jobId, messages).catch((error: unknown) => {
      parts.report(error, `${messages.length} nodes of job ${jobId} could not be claimed; they are published again`);
    });
  }

  function claim(jobId: string, messages: readonly NodeMessage[]): Promise<void> {
    const work = claimAndRun(jobId, messages);
    const ended = work.then(
      () => {},
      () => {},
    );
    claiming.set(ended, jobId);
    void ended.then(() => claiming.delete(ended));
    return work;
  }

  async function claimAndRun(jobId: string, messages: readonly NodeMessage[]): Promise<void> {
    attempts.reserve(messages.length);
    let kept = 0;
    const runClaimed = (mine: Claimed | undefined): void => {
      kept += mine?.claims.length ?? 0;
      if (mine) run(mine.job, mine.claims);
    };
    try {
      const [apart, handedOut] = partition(messages, ({ parcel }) => parcel === undefined);
      const claims = [claimStored(jobId, apart), ...claimParcels(jobId, handedOut)];
      await allEnded(claims.map(async (claim) => void runClaimed(await claim)));
    } finally {
      attempts.giveBack(messages.length - kept);
      // Room that was kept for those who are not to run belongs to the next.
      if (kept < messages.length) wake();
    }
  }

  async function claimStored(jobId: string, messages: readonly Claim[]): Promise<Claimed | undefined> {
    if (messages.length === 0) return undefined;
    const before = await lastSeenWith(jobId, messages);
    const wanted = before ? messages.filter(({ node }) => hasNode(before, node) && canRun(before, node)) : [];
    const committed = wanted.length > 0 ? await committer.commit(jobId, wanted.map(claimed)) : undefined;
    if (!committed) return undefined;
    return { job: committed.job, claims: wanted.filter((_, place) => committed.verdicts[place]!.kind !== 'refused') };
  }

  function claimParcels(jobId: string, messages: readonly NodeMessage[]): Promise<Claimed | undefined>[] {
    return [...new Set(messages.map(({ parcel }) => parcel!))].map(async (parcelId) => {
      // Who claims where the job does not see it asks first what the job still wants. A parcel is claimed whole.
      const job = await committer.readStored(jobId);
      const ready = job && !job.header.paused ? readyInParcel(job, parcelId) : [];
      const wanted = ready.filter(({ node }) => canRun(job!, node));
      return job && wanted.length > 0 ? parcelWork.claim(job, parcelId, wanted) : undefined;
    });
  }

  /** Whether it may be claimed is decided by the commit. A job that was seen before its map had these items is read anew. */
  async function lastSeenWith(jobId: string, messages: readonly Claim[]): Promise<Job | undefined> {
    const job = await committer.recall(jobId);
    return !job || messages.every(({ node }) => hasNode(job, node)) ? job : committer.read(jobId);
  }

  /** A node whose handler is unknown here stays ready: the engine of the next deployment may know it. */
  function canRun(job: Parameters<typeof nodeSpecAt>[0], node: number): boolean {
    const spec = nodeSpecAt(job, node);
    if (spec.type !== 'function' || handlers.has(spec.handler)) return true;
    missing.add(spec.handler);
    return false;
  }

  return {
    claimInDraft,
    wake,
    claim,
    keepParcels,
    whenJobIsIdle(jobId) {
      const those = [...claiming].flatMap(([claim, of]) => (of === jobId ? [claim] : []));
      return those.length === 0 ? undefined : Promise.all(those);
    },
    async close() {
      attempts.close();
      await Promise.all(claiming.keys());
    },
    missingHandlers: () => [...missing].filter((name) => !handlers.has(name)).sort(),
  };
}

interface Claimed {
  readonly job: Job;
  readonly claims: readonly Claim[];
}

function partition<T>(all: readonly T[], isFirst: (each: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((each) => !isFirst(each))];
}

/** All that wait to be published, those of higher priority first when there is not room for all. */
function bestFirst(effects: readonly Effect[], room: number): Extract<Effect, { kind: 'enqueue' }>[] {
  const waiting = effects.filter((effect) => effect.kind === 'enqueue');
  return waiting.length <= room ? waiting : waiting.sort((a, b) => b.priority - a.priority);
}
