import { type Random, seededRandom } from '../../shared/core/random.ts';
import {
  type Applied,
  applyToJob,
  isFinal,
  type Job,
  type JobEvent,
  type JobSpec,
  type JobState,
  type NodeSpec,
  newJob,
  nodeAt,
  nodeCount,
} from '../../shared/jobs/index.ts';

/** Small jobs to which anything happens that can, in any order and at any time: how a job moves is seen, not believed. */
export interface Move {
  readonly from: JobState;
  readonly to: JobState;
  readonly event: JobEvent['kind'];
}

const start = 1_000_000;
const stepsMax = 40;
/** After an end a walk goes on as a new run, as often as not. */
const stepsOfRun = 20;

export function randomWalk(seed: number, onStep: (before: Job, event: JobEvent, now: number, after: Applied) => void) {
  const random = seededRandom(seed);
  let now = start;
  let job = newJob({ id: `walk-${seed}`, spec: drawSpec(random) }, now);
  let event: JobEvent = { kind: 'submitted' };
  let steps = stepsMax;
  for (let step = 0; step < steps; step++) {
    if (isFinal(job.header.state)) {
      if (random.next() < 0.4) return;
      if (random.next() < 0.8) event = drawRedrive(random, job);
      else if (random.next() < 0.5) event = { kind: 'rollbackStarted', by: 'a person' };
      steps = step + stepsOfRun;
    }
    const applied = applyToJob(job, event, now);
    onStep(job, event, now, applied);
    job = applied.job;
    if (random.next() < 0.3) now += pick(random, [1, 1_000, 40_000]);
    event = drawEvent(random, job, now);
  }
}

export function movesOf(seeds: number): Move[] {
  const moves = new Map<string, Move>();
  for (let seed = 0; seed < seeds; seed++) {
    randomWalk(seed, (before, event, _, { job }) => {
      const [from, to] = [before.header.state, job.header.state];
      if (from !== to) moves.set(`${from} ${to}`, { from, to, event: event.kind });
    });
  }
  return [...moves.values()];
}

function drawSpec(random: Random): JobSpec {
  const count = pick(random, [1, 2, 2, 3]);
  const nodes = Array.from({ length: count }, (_, place) => drawNode(random, place));
  return {
    name: 'walk',
    nodes,
    ...(random.next() < 0.2 && { startAt: start + 1_000 }),
    ...(random.next() < 0.2 && { timeout: 50_000 }),
  };
}

function drawNode(random: Random, place: number): NodeSpec {
  const dependsOn = place > 0 && random.next() < 0.4 ? { dependsOn: [`n${place - 1}`] } : {};
  const more = {
    id: `n${place}`,
    ...dependsOn,
    ...('dependsOn' in dependsOn && { join: pick(random, ['all_succeeded', 'all_settled', 'any_succeeded'] as const) }),
    ...(random.next() < 0.4 && { onFailure: 'continue' as const }),
    ...(random.next() < 0.4 && { totalTimeout: 30_000 }),
    ...(random.next() < 0.2 && { timeout: 1_000 }),
    ...(random.next() < 0.15 && { when: { value: 1, equals: 2 } }),
  };
  const retry = { maxAttempts: 3, strategy: pick(random, ['immediate', 'fixed'] as const) };
  return pick<() => NodeSpec>(random, [
    () => ({ ...more, type: 'function', handler: 'work', retry }),
    () => ({
      ...more,
      type: 'function',
      handler: 'work',
      retry,
      compensate: { type: 'function', handler: 'undo', retry },
    }),
    () => ({ ...more, type: 'function', handler: 'work', completion: 'callback', retry }),
    () => ({ ...more, type: 'pubsub', topic: 'work', heartbeatTimeout: 1_000, retry }),
    () => ({ ...more, type: 'delay', delay: 1_000 }),
    () => ({ ...more, type: 'signal', signal: 'go' }),
    () => ({ ...more, type: 'map', over: [1, 2], concurrency: 1, node: { type: 'function', handler: 'work', retry } }),
    () => ({
      ...more,
      type: 'map',
      over: random.next() < 0.5 ? [] : '${job.input}',
      node: { type: 'delay', delay: 1 },
    }),
    () => ({ ...more, type: 'choice', choices: [{ when: { value: 1, equals: 1 }, then: [] }] }),
    () => ({ ...more, type: 'job', retry, job: { name: 'child', nodes: [{ id: 'a', type: 'delay', delay: 1 }] } }),
  ])();
}

function drawEvent(random: Random, job: Job, now: number): JobEvent {
  const node = Math.floor(random.next() * nodeCount(job));
  const run = nodeAt(job, node);
  const attempt = 'attempt' in run && random.next() < 0.95 ? run.attempt : 1;
  const chance = random.next();
  const failure = { code: 'busy', message: 'no', ...(random.next() < 0.3 && { retryable: false }) };
  const resultBytes = random.next() < 0.03 ? 2 ** 40 : 4;
  const own: JobEvent[] = [
    { kind: 'claimed', node, attempt: attempt + 1, owner: 'engine', leaseUntil: now + 1_000 },
    { kind: 'claimed', node, attempt: attempt + 1, owner: 'engine', leaseUntil: now + 1_000 },
    { kind: 'released', node, attempt, begun: true },
    { kind: 'heartbeat', node, attempt, leaseUntil: now + 2_000 },
    { kind: 'accepted', node, attempt },
    { kind: 'succeeded', node, attempt, result: null, resultBytes },
    { kind: 'failed', node, attempt, failure, chance },
    { kind: 'leaseLost', node, attempt, because: pick(random, ['leaseExpired', 'executorGone'] as const), chance },
    ...(['timeout', 'totalTimeout', 'heartbeatTimeout'] as const).map(
      (limit) => ({ kind: 'timedOut', node, attempt, limit, chance }) as const,
    ),
    { kind: 'retryDue', node, attempt },
    { kind: 'postponed', node, attempt: attempt + 1, target: 't', until: now + 500, because: 'breakerOpen' },
    { kind: 'retriedNow', node, attempt, by: 'a person' },
    { kind: 'retryCancelled', node, attempt, by: 'a person' },
    { kind: 'delayDue', node, attempt },
    { kind: 'childChecked', node, attempt },
    ...(['completed', 'failed', 'aborted'] as const).map(
      (state) => ({ kind: 'childEnded', node, attempt, state, result: null, resultBytes, chance }) as const,
    ),
  ];
  if (random.next() < 0.85) return pick(random, own);
  if (random.next() < 0.1) return drawRedrive(random, job);
  return pick<JobEvent>(random, [
    { kind: 'started' },
    { kind: 'started' },
    { kind: 'requeued', nodes: [node] },
    { kind: 'signalled', id: String(chance), name: 'go', data: 1, by: 'a person' },
    { kind: 'paused', by: 'a person' },
    { kind: 'resumed', by: 'a person' },
    { kind: 'resumed', by: 'a person' },
    { kind: 'resumed', by: 'a person' },
    { kind: 'nodeSkipped', node, by: 'a person' },
    { kind: 'cancelled', by: 'a person' },
    { kind: 'rollbackStarted', by: 'a person' },
    { kind: 'compensationRetried', node, by: 'a person' },
    { kind: 'deadlinePassed' },
    { kind: 'checked' },
  ]);
}

/** Of what failed, or of nodes whatever became of them; at times with other input, other policies, or the nodes in another order. */
function drawRedrive(random: Random, job: Job): JobEvent {
  const count = pick(random, [0, 0, 1, 2]);
  const nodes = Array.from({ length: count }, () => Math.floor(random.next() * nodeCount(job)));
  const { spec } = job;
  const corrected = pick<() => JobSpec>(random, [
    () => ({ ...spec, input: [1, 2, 3].slice(0, Math.floor(random.next() * 4)) }),
    () => ({ ...spec, input: 'no list' }),
    () => ({ ...spec, nodes: spec.nodes.toReversed() }),
    () => ({ ...spec, nodes: spec.nodes.map((node) => ({ ...node, join: 'all_settled' as const })) }),
    () => ({ ...spec, timeout: 70_000, output: '${job.id}' }),
  ]);
  return { kind: 'redriven', by: 'a person', nodes, ...(random.next() < 0.3 && { spec: corrected() }) };
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random.next() * from.length)]!;
}
