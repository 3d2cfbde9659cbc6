import { applyToDraft, type Draft, type Effect, hasNode, type Job, nodeSpecAt, readyInParcel } from '../jobs/index.ts';
import type { NodeMessage } from '../ports/index.ts';
import { allEnded } from './all-ended.ts';
import { byJob } from './by-job.ts';
import type { Claim, Committer } from './commit-events.ts';
import type { Handler } from './engine.ts';
import type { Asked, Gate, Postponed } from './gate.ts';
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
  readonly gate: Gate;
  /** How many nodes of the job may be claimed here now. */
  roomFor(jobId: string): number;
  run(job: Job, claims: readonly Claim[]): void;
}

export function createClaimer(needs: ClaimerNeeds): Claimer {
  const { parts, settings, attempts, committer, handlers, parcelWork, gate, roomFor, run } = needs;
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
      // It goes out by message, and whoever gets that asks first what the fleet knows.
      if (gate.isBehind(draft, effect.node)) continue;
      const { node, attempt } = effect;
      const { claim, postponed } = askedFor(gate.ask(draft, node, attempt), node, attempt);
      const { kind } = applyToDraft(draft, postponed ?? claimed(claim));
      if (kind === 'applied' && !postponed) claims.push(claim);
      else gate.takeBack([claim]);
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
    if (!before || wanted.length === 0) return undefined;
    return letThrough(before, wanted, async (asked) => {
      const committed = await committer.commit(
        jobId,
        asked.map(({ claim, postponed }) => postponed ?? claimed(claim)),
      );
      if (!committed) return undefined;
      const isMine = (place: number) => !asked[place]!.postponed && committed.verdicts[place]!.kind !== 'refused';
      return { job: committed.job, claims: asked.flatMap(({ claim }, place) => (isMine(place) ? [claim] : [])) };
    });
  }

  function claimParcels(jobId: string, messages: readonly NodeMessage[]): Promise<Claimed | undefined>[] {
    return [...new Set(messages.map(({ parcel }) => parcel!))].map((parcelId) => claimParcel(jobId, parcelId));
  }

  async function claimParcel(jobId: string, parcelId: string): Promise<Claimed | undefined> {
    // Who claims where the job does not see it asks first what the job still wants. A parcel is claimed whole.
    const job = await committer.readStored(jobId);
    const ready = job && !job.header.paused ? readyInParcel(job, parcelId) : [];
    const wanted = ready.filter(({ node }) => canRun(job!, node));
    if (!job || wanted.length === 0) return undefined;
    return letThrough(job, wanted, async (asked) => {
      const passing = asked.flatMap(({ claim, postponed }) => (postponed ? [] : [claim]));
      for (const { postponed } of asked) if (postponed) gate.forget(postponed);
      const got = await parcelWork.claim(
        job,
        parcelId,
        passing.map(({ node, attempt }) => ({ node, attempt })),
      );
      // Those that are kept waiting are left out of the parcel, and are told so when they come by themselves.
      if (got && passing.length === 0) await committer.fold(jobId, 'whenUseful');
      const nodes = new Set(got?.claims.map(({ node }) => node));
      return got && { job: got.job, claims: passing.filter(({ node }) => nodes.has(node)) };
    });
  }

  /** Asks the guards of all targets first. What they gave is given back for whoever is not claimed then. */
  async function letThrough(
    job: Job,
    wanted: readonly Claim[],
    claimThem: (asked: readonly AskedFor[]) => Promise<Claimed | undefined>,
  ): Promise<Claimed | undefined> {
    await gate.refresh(
      job,
      wanted.map(({ node }) => node),
    );
    const asked = wanted.map(({ node, attempt }) => askedFor(gate.ask(job, node, attempt), node, attempt));
    let mine: Claimed | undefined;
    try {
      mine = await claimThem(asked);
      return mine;
    } finally {
      gate.takeBack(asked.flatMap(({ claim }) => (mine?.claims.includes(claim) ? [] : [claim])));
    }
  }

  /** Whether it may be claimed is decided by the commit. A job is read anew that was seen before its map had these items, or before a retry was due. */
  async function lastSeenWith(jobId: string, messages: readonly Claim[]): Promise<Job | undefined> {
    const job = await committer.recall(jobId);
    const isSeen = ({ node, attempt }: Claim) => hasNode(job!, node) && gate.canTell(job!, node, attempt);
    return !job || messages.every(isSeen) ? job : committer.read(jobId);
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

/** A claim as the guards of its target see it. */
interface AskedFor {
  readonly claim: Claim;
  /** Where they do not let it through. */
  readonly postponed?: Postponed;
}

function askedFor(asked: Asked, node: number, attempt: number): AskedFor {
  if (asked.kind === 'postponed') return { claim: { node, attempt }, postponed: asked.event };
  return { claim: { node, attempt, ...(asked.pass && { pass: asked.pass }) } };
}

function partition<T>(all: readonly T[], isFirst: (each: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((each) => !isFirst(each))];
}

/** All that wait to be published, those of higher priority first when there is not room for all. */
function bestFirst(effects: readonly Effect[], room: number): Extract<Effect, { kind: 'enqueue' }>[] {
  const waiting = effects.filter((effect) => effect.kind === 'enqueue');
  return waiting.length <= room ? waiting : waiting.sort((a, b) => b.priority - a.priority);
}
