import { jsonBytes } from '../core/json.ts';
import { type Job, type JobEvent, nodeAt, nodeCount, nodeIdAt } from '../jobs/index.ts';
import type { Outcome } from '../ports/index.ts';
import type { Targets } from './call-target.ts';
import type { Claim, Committer } from './commit-events.ts';
import type { Parts, Settings } from './parts.ts';
import { runAttempt } from './run-attempt.ts';
import type { RunningAttempt, RunningAttempts } from './running-attempts.ts';
import { tryAgain } from './try-again.ts';

/** Runs claimed nodes: makes the call and brings the outcome into the job. */
export interface Executor {
  run(job: Job, claims: readonly Claim[]): void;
  /** Runs what this engine has claimed and nobody runs: the commit that said so was never heard of. */
  adopt(job: Job): void;
}

export interface ExecutorNeeds {
  readonly parts: Parts;
  readonly settings: Settings;
  readonly targets: Targets;
  readonly attempts: RunningAttempts;
  readonly committer: Committer;
  /** There is room for one more. */
  onRoom(): void;
}

export function createExecutor({ parts, settings, targets, attempts, committer, onRoom }: ExecutorNeeds): Executor {
  function run(job: Job, claims: readonly Claim[]): void {
    for (const each of claims) void execute(job, each);
  }

  async function execute(job: Job, { node, attempt }: Claim): Promise<void> {
    const state = nodeAt(job, node);
    const mine = state.state === 'running' ? attempts.add(job.id, node, attempt, state.leaseUntil) : undefined;
    if (!mine) return attempts.giveBack(1);
    const outcome = await runAttempt(parts.clock, targets, job, mine);
    attempts.giveBack(1);
    if (!mine.abandoned) await bringIn(job, mine, outcome);
    attempts.remove(mine);
    onRoom();
  }

  /** For as long as a lease lasts; after that the sweep has given the node to somebody else. */
  async function bringIn(job: Job, { node, attempt }: RunningAttempt, outcome: Outcome): Promise<void> {
    const event = eventOf(node, attempt, outcome, parts.random.next());
    try {
      await tryAgain(parts, settings.leaseMs, () => committer.commit(job.id, [event]));
    } catch (error) {
      const which = `attempt ${attempt} of node ${nodeIdAt(job, node)} of job ${job.id}`;
      parts.report(error, `the outcome of ${which} could not be stored`);
    }
  }

  function adopt(job: Job): void {
    for (let node = 0; node < nodeCount(job); node++) {
      const state = nodeAt(job, node);
      if (state.state !== 'running' || state.owner !== settings.owner) continue;
      if (attempts.find(job.id, node, state.attempt)) continue;
      attempts.reserve(1);
      void execute(job, { node, attempt: state.attempt });
    }
  }

  return { run, adopt };
}

function eventOf(node: number, attempt: number, outcome: Outcome, chance: number): JobEvent {
  switch (outcome.kind) {
    case 'succeeded': {
      const { result } = outcome;
      return { kind: 'succeeded', node, attempt, result, resultBytes: jsonBytes(result) };
    }
    case 'accepted':
      return { kind: 'accepted', node, attempt };
    case 'failed':
      return { kind: 'failed', node, attempt, failure: outcome.failure, chance };
  }
}
