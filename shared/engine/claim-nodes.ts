import { applyToDraft, type Draft, type Effect, type Job, nodeSpecAt } from '../jobs/index.ts';
import type { NodeMessage } from '../ports/index.ts';
import { byJob } from './by-job.ts';
import type { Claim, Committer } from './commit-events.ts';
import type { Handler } from './engine.ts';
import type { Parts, Settings } from './parts.ts';
import type { RunningAttempts } from './running-attempts.ts';

/** Makes ready nodes this engine's own, for as long as it has room. */
export interface Claimer {
  /** Claims nodes that a draft made ready, so that a chain runs on in one commit. */
  claimInDraft(draft: Draft): readonly Claim[];
  /** Takes from the queue what there is room for. */
  wake(): void;
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
  run(job: Job, claims: readonly Claim[]): void;
}

export function createClaimer({ parts, settings, attempts, committer, handlers, run }: ClaimerNeeds): Claimer {
  const { clock, queue } = parts;
  const { owner, leaseMs } = settings;
  const claiming = new Set<Promise<void>>();
  const missing = new Set<string>();

  const claimed = ({ node, attempt }: Claim) =>
    ({ kind: 'claimed', node, attempt, owner, leaseUntil: clock.now() + leaseMs }) as const;

  function claimInDraft(draft: Draft): readonly Claim[] {
    if (attempts.isClosed || attempts.free <= 0) return [];
    const claims: Claim[] = [];
    const waiting = queue.bestRank() ?? -1;
    for (const effect of bestFirst(draft.effects, attempts.free)) {
      // Somebody in the queue who has waited a whole priority level longer goes first.
      if (waiting >= effect.priority + 1 || !canRun(draft, effect.node)) continue;
      if (claims.length >= attempts.free) break;
      const { kind } = applyToDraft(draft, claimed(effect));
      if (kind === 'applied') claims.push({ node: effect.node, attempt: effect.attempt });
    }
    attempts.reserve(claims.length);
    return claims;
  }

  function wake(): void {
    if (attempts.isClosed || attempts.free <= 0) return;
    for (const [jobId, messages] of byJob(queue.take(attempts.free))) {
      const claim = claimFromQueue(jobId, messages);
      claiming.add(claim);
      void claim.then(() => claiming.delete(claim));
    }
  }

  async function claimFromQueue(jobId: string, messages: readonly NodeMessage[]): Promise<void> {
    attempts.reserve(messages.length);
    try {
      const mine = await claimStored(jobId, messages);
      attempts.giveBack(messages.length - mine.claims.length);
      if (mine.job) run(mine.job, mine.claims);
      // Room that was kept for those who are not to run belongs to the next.
      if (mine.claims.length < messages.length) wake();
    } catch (error) {
      attempts.giveBack(messages.length);
      parts.report(error, `${messages.length} nodes of job ${jobId} could not be claimed; they are published again`);
    }
  }

  async function claimStored(
    jobId: string,
    messages: readonly Claim[],
  ): Promise<{ job?: Job; claims: readonly Claim[] }> {
    const before = await committer.read(jobId);
    const wanted = before ? messages.filter(({ node }) => canRun(before, node)) : [];
    const committed = wanted.length > 0 ? await committer.commit(jobId, wanted.map(claimed)) : undefined;
    if (!committed) return { claims: [] };
    return { job: committed.job, claims: wanted.filter((_, place) => committed.verdicts[place]!.kind !== 'refused') };
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
    async close() {
      attempts.close();
      await Promise.all(claiming);
    },
    missingHandlers: () => [...missing].filter((name) => !handlers.has(name)).sort(),
  };
}

/** All that wait to be published, those of higher priority first when there is not room for all. */
function bestFirst(effects: readonly Effect[], room: number): Extract<Effect, { kind: 'enqueue' }>[] {
  const waiting = effects.filter((effect) => effect.kind === 'enqueue');
  return waiting.length <= room ? waiting : waiting.sort((a, b) => b.priority - a.priority);
}
