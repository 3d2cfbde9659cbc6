import { type Random, seededRandom } from '../../../shared/core/random.ts';
import {
  applyToDraft,
  type Change,
  closeDraft,
  dueEvents,
  isFinal,
  type Job,
  type JobEvent,
  type JobSpec,
  type NodeRun,
  type NodeSpec,
  newJob,
  nodeAt,
  nodeCount,
  openDraft,
  type Verdict,
} from '../../../shared/jobs/index.ts';
import { type RecoveryRule, recoveryActions } from '../../../shared/policy/recovery/index.ts';

/** Small jobs with rules for their recovery, to which anything happens in any order, and what operators make of them. */
export interface WalkStep {
  readonly event: JobEvent;
  readonly verdict: Verdict;
  readonly change: Change;
  readonly now: number;
}

const start = 1_000_000;
const stepsMost = 80;
const by = 'a person';

export function recoveryWalk(seed: number, onStep: (step: WalkStep) => void): void {
  const random = seededRandom(seed);
  let now = start;
  let job = newJob({ id: `walk-${seed}`, spec: drawSpec(random) }, now);
  let event: JobEvent = { kind: 'submitted' };
  for (let step = 0; step < stepsMost; step++) {
    const draft = openDraft(job, now);
    const verdict = applyToDraft(draft, event);
    const change = closeDraft(draft);
    onStep({ event, verdict, change, now });
    job = change.after;
    if (random.next() < 0.3) now += pick(random, [1, 1_000, 40_000]);
    event = drawEvent(random, job, now);
  }
}

function drawSpec(random: Random): JobSpec {
  const count = pick(random, [1, 2, 3, 4, 5]);
  return {
    name: 'walk',
    nodes: Array.from({ length: count }, (_, place) => drawNode(random, place)),
    ...(random.next() < 0.8 && { recovery: drawRules(random) }),
    ...(random.next() < 0.2 && { timeout: 50_000 }),
    ...(random.next() < 0.1 && { startAt: start + 1_000 }),
  };
}

function drawRules(random: Random): RecoveryRule[] {
  return Array.from({ length: pick(random, [1, 2, 3]) }, () => {
    const action = pick(random, recoveryActions);
    return {
      on: [pick(random, ['*', '*', 'timeout', 'failed_node', 'deadline', 'busy', 'lost_lease'])],
      do: action,
      ...(random.next() < 0.3 && (action === 'retry' || action === 'requeue') && { times: 2, delay: 500 }),
      ...(random.next() < 0.3 && action === 'requeue' && { priority: 9, target: 'elsewhere' }),
      ...(random.next() < 0.3 && action === 'escalate' && { to: pick(random, ['topic:ops', 'ada']) }),
    };
  });
}

function drawNode(random: Random, place: number): NodeSpec {
  const earlier = Array.from({ length: place }, (_, each) => `n${each}`).filter(() => random.next() < 0.4);
  const more = {
    id: `n${place}`,
    ...(earlier.length > 0 && { dependsOn: earlier }),
    ...(earlier.length > 0 && { join: pick(random, ['all_succeeded', 'all_settled', 'any_succeeded'] as const) }),
    ...(random.next() < 0.2 && { onFailure: 'continue' as const }),
    ...(random.next() < 0.2 && { totalTimeout: 30_000 }),
    ...(random.next() < 0.2 && { recovery: drawRules(random) }),
  };
  const retry = { maxAttempts: pick(random, [1, 2]), strategy: 'immediate' } as const;
  const compensate = random.next() < 0.5 ? { compensate: { type: 'function', handler: 'undo', retry } as const } : {};
  return pick<() => NodeSpec>(random, [
    () => ({ ...more, ...compensate, type: 'function', handler: 'work', retry }),
    () => ({ ...more, ...compensate, type: 'function', handler: 'work', retry }),
    () => ({ ...more, ...compensate, type: 'pubsub', topic: 'work', retry }),
    () => ({ ...more, type: 'delay', delay: 1_000, timeout: 900 }),
    () => ({ ...more, type: 'signal', signal: 'go', timeout: 1_000 }),
    () => ({
      ...more,
      type: 'map',
      over: [1, 2, 3],
      concurrency: pick(random, [1, 2, 3]),
      node: { type: 'function', handler: 'work', retry, ...compensate },
    }),
    () => ({ ...more, type: 'job', job: { name: 'child', nodes: [{ id: 'a', type: 'delay', delay: 1 }] } }),
  ])();
}

function drawEvent(random: Random, job: Job, now: number): JobEvent {
  if (isFinal(job.header.state) || random.next() < 0.12) return drawOperators(random, job);
  const due = dueEvents(job, now, () => random.next());
  if (random.next() < 0.2 && due.length > 0) return pick(random, due);
  const open = indices(job).filter((node) => isOpen(nodeAt(job, node)));
  const node = open.length > 0 ? pick(random, open) : 0;
  return drawOf(random, nodeAt(job, node), node, now);
}

function drawOf(random: Random, run: NodeRun, node: number, now: number): JobEvent {
  const attempt = 'attempt' in run ? run.attempt : 0;
  const chance = random.next();
  const failure = { code: 'busy', message: 'no', ...(chance < 0.5 && { retryable: false }) };
  const failed = { kind: 'failed', node, attempt, failure, chance } as const;
  const succeeded = { kind: 'succeeded', node, attempt, result: { node }, resultBytes: 10 } as const;
  if (run.state === 'ready')
    return { kind: 'claimed', node, attempt: attempt + 1, owner: 'engine', leaseUntil: now + 1_000 };
  if (run.state === 'running') {
    const lost = { kind: 'leaseLost', node, attempt, because: 'executorGone', chance } as const;
    return pick<JobEvent>(random, [succeeded, succeeded, failed, failed, lost, { kind: 'accepted', node, attempt }]);
  }
  if (run.state === 'waiting' && run.on.kind === 'child') {
    const state = pick(random, ['completed', 'failed'] as const);
    return { kind: 'childEnded', node, attempt, state, result: null, resultBytes: 4, chance };
  }
  if (run.state === 'waiting' && run.on.kind === 'callback') return random.next() < 0.5 ? succeeded : failed;
  return { kind: 'signalled', id: String(chance), name: 'go', data: 1, by };
}

function drawOperators(random: Random, job: Job): JobEvent {
  const node = Math.floor(random.next() * nodeCount(job));
  const nodes = random.next() < 0.5 ? { nodes: [node] } : {};
  const action = pick(random, [...recoveryActions, 'fail'] as const);
  const finding = { kind: 'failed_job', message: 'it failed' } as const;
  const choice = { action, ...nodes, ...(action === 'requeue' && { delay: pick(random, [0, 1_000]) }) };
  return pick<JobEvent>(random, [
    { kind: 'recoveryStarted', ...choice, finding, by },
    { kind: 'recoveryStarted', ...choice, finding, by },
    { kind: 'recoveryAnswered', ...choice, by },
    { kind: 'recoveryAnswered', ...choice, by },
    { kind: 'recoveryCancelled', by },
    { kind: 'checkpointed', name: `c${node}`, by },
    { kind: 'restored', by },
    { kind: 'redriven', by, ...nodes },
    { kind: 'rollbackStarted', by },
    { kind: 'nodeSkipped', node, by },
    { kind: 'paused', by },
    { kind: 'resumed', by },
    ...(random.next() < 0.2 ? [{ kind: 'cancelled', by } as const] : []),
  ]);
}

const isOpen = (run: NodeRun): boolean => run.state === 'ready' || run.state === 'running' || run.state === 'waiting';
const indices = (job: Job): number[] => Array.from({ length: nodeCount(job) }, (_, node) => node);

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random.next() * from.length)]!;
}
