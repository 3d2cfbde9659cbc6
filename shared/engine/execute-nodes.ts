import { messageOf } from '../core/error.ts';
import { jsonBytes } from '../core/json.ts';
import {
  applyToJob,
  type ClosedOff,
  hasNode,
  isAdaptive,
  type Job,
  type NodeEvent,
  nodeAt,
  nodeIdAt,
  periods,
  priorityAt,
} from '../jobs/index.ts';
import { tellsOverload } from '../policy/bulkhead/index.ts';
import type { Outcome } from '../ports/index.ts';
import type { AdaptiveRetries } from './adaptive-retries.ts';
import type { Targets } from './call-target.ts';
import type { Claim, Committer } from './commit-events.ts';
import { type Gate, poolAt } from './gate.ts';
import type { Pools } from './guards/pools.ts';
import type { ParcelWork } from './parcel-work.ts';
import type { Parts, Settings } from './parts.ts';
import { runAttempt } from './run-attempt.ts';
import type { RunningAttempt, RunningAttempts } from './running-attempts.ts';
import { mayPass, pause } from './try-again.ts';

/** Runs claimed nodes: makes the call and brings the outcome into the job. */
export interface Executor {
  run(job: Job, claims: readonly Claim[]): void;
  /** Claims of which nobody knows whether they are stored: the commit was not answered. */
  doubt(jobId: string, claims: readonly Claim[]): void;
  /** Runs those of them that are stored. */
  adopt(job: Job): void;
}

export interface ExecutorNeeds {
  readonly parts: Parts;
  readonly settings: Settings;
  readonly targets: Targets;
  readonly attempts: RunningAttempts;
  readonly committer: Committer;
  readonly parcelWork: ParcelWork;
  readonly adaptive: AdaptiveRetries;
  readonly gate: Gate;
  readonly pools: Pools;
  /** Whether nodes of the job may be run here now. */
  mayRun(jobId: string): boolean;
  /** There is room for one more. */
  onRoom(): void;
}

export function createExecutor({
  parts,
  settings,
  targets,
  attempts,
  committer,
  parcelWork,
  adaptive,
  gate,
  pools,
  mayRun,
  onRoom,
}: ExecutorNeeds): Executor {
  const doubtful = new Map<string, readonly Claim[]>();

  function run(job: Job, claims: readonly Claim[]): void {
    for (const claim of claims) {
      execute(job, claim).catch((error: unknown) => parts.report(error, `running ${nameOf(job, claim)}`));
    }
  }

  async function execute(job: Job, claim: Claim): Promise<void> {
    const mine = begin(job, claim);
    if (!mine) {
      gate.takeBack([claim]);
      return giveBack();
    }
    try {
      const called = await callWithPermit(job, claim, mine).finally(giveBack);
      mine.isOver = true;
      if (called) await bringIn(job, mine, called.outcome, called.guarded);
      else if (!mine.abandoned) await release(job, claim);
    } finally {
      attempts.remove(mine);
    }
  }

  /** Undefined where its bulkhead had no permit for it in time: nothing was tried, so it costs no attempt. */
  async function callWithPermit(job: Job, claim: Claim, mine: RunningAttempt) {
    const pool = poolAt(job, claim.node);
    if (pool === undefined) return call(job, claim, mine);
    const now = parts.clock.now();
    mine.isWaiting = true;
    claim.pass?.place?.leave();
    const permit = await pools.enter(pool, {
      jobId: job.id,
      priority: priorityAt(job, claim.node),
      readyAt: readyAtOf(job, claim.node, now),
      giveUpAt: now + periods.permit,
      signal: mine.signal,
    });
    if (permit.kind === 'refused') {
      gate.takeBack([claim]);
      return undefined;
    }
    try {
      // Handed back at the very time at which its turn came.
      if (mine.abandoned) return undefined;
      mine.endWait(parts.clock.now());
      const called = await call(job, claim, mine);
      const { outcome } = called;
      permit.release(outcome.kind === 'failed' && tellsOverload(outcome.failure));
      return called;
    } finally {
      permit.release();
    }
  }

  /** Whoever takes the room that it leaves is asked by guards that know of it. */
  async function call(job: Job, claim: Claim, mine: RunningAttempt) {
    gate.begun(job, claim.node);
    const begunAt = parts.clock.now();
    const outcome = await runAttempt(parts.clock, targets, job, mine);
    return { outcome, guarded: gate.ended(job, claim, outcome, parts.clock.now() - begunAt) };
  }

  /** Undefined when it is under way already, or the engine stops: then it is handed back. */
  function begin(job: Job, { node, attempt }: Claim): RunningAttempt | undefined {
    const state = nodeAt(job, node);
    if (state.state !== 'running' || state.attempt !== attempt) return undefined;
    if (!attempts.isClosed && mayRun(job.id)) {
      return attempts.add(job.id, node, attempt, state.leaseUntil, parts.clock.now());
    }
    void release(job, { node, attempt });
    return undefined;
  }

  /** It has not begun. */
  async function release(job: Job, { node, attempt }: Claim): Promise<void> {
    await committer.commit(job.id, [{ kind: 'released', node, attempt, begun: false }]).catch((error: unknown) => {
      parts.report(error, `handing back ${nameOf(job, { node, attempt })}`);
    });
  }

  function giveBack(): void {
    attempts.giveBack(1);
    onRoom();
  }

  /** An outcome that is here is not given away: it is tried until it is stored, refused, or the engine has stopped. */
  async function bringIn(job: Job, mine: RunningAttempt, outcome: Outcome, guarded: ClosedOff): Promise<void> {
    const { node, attempt } = mine;
    let event = eventOf(node, attempt, outcome, parts.random.next(), guarded);
    for (let failures = 1; !mine.abandoned; failures++) {
      try {
        if (parcelWork.holds(mine)) await bringInParcel(job, mine, event);
        else await committer.commit(job.id, [event]);
        return;
      } catch (error) {
        parts.report(error, `storing the outcome of ${nameOf(job, mine)}`);
        if (!mayPass(error) && failures > 1) return;
        if (!mayPass(error)) event = eventOf(node, attempt, unusable(error), parts.random.next());
        await pause(parts, failures);
      }
    }
  }

  /** What follows from it is said elsewhere, by whoever folds it into the job: what has to be chosen is chosen here. */
  async function bringInParcel(job: Job, mine: RunningAttempt, event: NodeEvent): Promise<void> {
    if (!isAdaptive(job, mine.node)) return parcelWork.bringIn(mine, event);
    const advised = adaptive.advise(job, event);
    const { job: after } = applyToJob(job, advised, parts.clock.now());
    await parcelWork.bringIn(mine, advised);
    adaptive.learn(job, advised, after);
  }

  function doubt(jobId: string, claims: readonly Claim[]): void {
    attempts.giveBack(claims.length);
    if (claims.length > 0) doubtful.set(jobId, [...(doubtful.get(jobId) ?? []), ...claims]);
    // Those of a job that is not looked at again are found by their leases.
    if (doubtful.size > doubtfulJobsMost) doubtful.delete(doubtful.keys().next().value!);
  }

  function adopt(job: Job): void {
    const claims = doubtful.get(job.id);
    if (!claims || !mayRun(job.id)) return;
    doubtful.delete(job.id);
    const stored = claims.filter(({ node, attempt }) => isMine(job, node, attempt));
    attempts.reserve(stored.length);
    run(job, stored);
  }

  function isMine(job: Job, node: number, attempt: number): boolean {
    if (!hasNode(job, node)) return false;
    const state = nodeAt(job, node);
    if (state.state !== 'running' || state.attempt !== attempt || state.owner !== settings.owner) return false;
    return state.leaseUntil > parts.clock.now() && !attempts.find(job.id, node, attempt);
  }

  return { run, doubt, adopt };
}

const doubtfulJobsMost = 1_000;

function readyAtOf(job: Job, node: number, now: number): number {
  const run = nodeAt(job, node);
  return run.state === 'running' ? run.readyAt : now;
}

function nameOf(job: Job, { node, attempt }: Claim): string {
  return `attempt ${attempt} of node ${nodeIdAt(job, node)} of job ${job.id}`;
}

/** What the store can't take in any form is a failure of the node: it would be the same again. */
function unusable(error: unknown): Outcome {
  const message = `its outcome could not be stored: ${messageOf(error)}`;
  return { kind: 'failed', failure: { code: 'outcome_unusable', message, retryable: false } };
}

function eventOf(node: number, attempt: number, outcome: Outcome, chance: number, guarded: ClosedOff = {}): NodeEvent {
  switch (outcome.kind) {
    case 'succeeded': {
      const { result } = outcome;
      return { kind: 'succeeded', node, attempt, result, resultBytes: jsonBytes(result) };
    }
    case 'accepted':
      return { kind: 'accepted', node, attempt };
    case 'failed':
      return { kind: 'failed', node, attempt, failure: outcome.failure, chance, ...guarded };
  }
}
