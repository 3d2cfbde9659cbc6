import { type Random, seededRandom } from '../../shared/core/random.ts';
import { parseJobSpec } from '../../shared/jobs/document/index.ts';
import {
  type AuditLine,
  applyToDraft,
  closeDraft,
  failedUndos,
  isFinal,
  isSettled,
  type Job,
  type JobEvent,
  newJob,
  nodeAt,
  nodeCount,
  nodeIndices,
  openDraft,
} from '../../shared/jobs/index.ts';

/**
 * Jobs of any form that are rolled back at any moment, some after their end or twice, by hands that also pause, skip, retry and cancel, and
 * then by workers who end what they begin.
 */
export interface WalkStep {
  readonly before: Job;
  readonly after: Job;
  /** All lines so far. */
  readonly lines: readonly AuditLine[];
}

export const walkStart = 1_000_000;

export function walkRollback(seed: number, onStep: (step: WalkStep) => void): Job {
  const random = seededRandom(seed);
  const parsed = parseJobSpec(drawSpec(random), walkStart);
  if (parsed.kind === 'faults') throw new Error(JSON.stringify(parsed.faults));
  const lines: AuditLine[] = [];
  let now = walkStart;
  let job = newJob({ id: `walk-${seed}`, spec: parsed.spec }, now);
  const tell = (event: JobEvent): void => {
    const before = job;
    const draft = openDraft(before, now);
    applyToDraft(draft, event);
    const change = closeDraft(draft);
    job = change.after;
    lines.push(...change.audit);
    if (change.audit.length > 0) onStep({ before, after: job, lines });
  };

  tell({ kind: 'submitted' });
  const moment = Math.floor(random.next() * 25);
  const cancels = random.next() < 0.2;
  for (let step = 0; step < 300; step++) {
    now += random.next() < 0.3 ? pick(random, [1, 500, 40_000]) : 0;
    const isLate = step > 90;
    if (step >= moment && !job.header.rollback && (step === moment || random.next() < 0.05)) tell(rollback);
    else if (!isLate && step > moment && random.next() < 0.12) tell(drawMeddling(random, job, cancels));
    else tell(drawWork(random, job, now, isLate));
    if (isFinal(job.header.state) && isLate) break;
  }
  return job;
}

const rollback: JobEvent = { kind: 'rollbackStarted', by: 'an operator' };

function drawSpec(random: Random) {
  const nodes = Array.from({ length: 2 + Math.floor(random.next() * 6) }, (_, place) => {
    const before = Array.from({ length: place }, (_, other) => `n${other}`);
    const dependsOn = before.filter(() => random.next() < 0.4);
    const compensate = random.next() < 0.65 ? { compensate: drawCompensation(random) } : {};
    const call = {
      type: 'function',
      handler: 'work',
      retry: { maxAttempts: 2, strategy: pick(random, ['immediate', 'fixed']) },
      ...compensate,
    };
    const more = {
      id: `n${place}`,
      dependsOn,
      ...(dependsOn.length > 0 && { join: pick(random, ['all_succeeded', 'all_settled', 'any_succeeded']) }),
    };
    return pick<() => object>(random, [
      () => ({ ...more, ...call }),
      () => ({ ...more, ...call, completion: 'callback' }),
      () => ({ ...more, ...call }),
      () => ({ ...more, type: 'delay', delay: 100 }),
      () => ({ ...more, type: 'map', over: [1, 2, 3], concurrency: pick(random, [1, 2, 3]), node: call }),
      () => ({
        ...more,
        type: 'job',
        job: { name: 'child', nodes: [{ id: 'a', type: 'delay', delay: 1 }] },
        ...compensate,
      }),
    ])();
  });
  return {
    name: 'walk',
    nodes,
    ...(random.next() < 0.2 && { timeout: 60_000 }),
    ...(random.next() < 0.1 && { startAt: walkStart + 30_000 }),
  };
}

function drawCompensation(random: Random): object {
  const never = random.next() < 0.1 ? { when: { value: 1, equals: 2 } } : {};
  const input = { result: '${self.result ?? null}' };
  return { type: 'function', handler: 'undo', input, retry: { maxAttempts: 2, strategy: 'immediate' }, ...never };
}

/** What works for the job: honest at the end, anything before. */
function drawWork(random: Random, job: Job, now: number, isLate: boolean): JobEvent {
  const open = nodeIndices(job).filter(
    (each) => !isSettled(nodeAt(job, each).state) && nodeAt(job, each).state !== 'blocked',
  );
  const node = open.length > 0 ? pick(random, open) : 0;
  const run = nodeAt(job, node);
  const chance = random.next();
  if (job.header.startedAt === undefined && (isLate || chance < 0.1)) return { kind: 'started' };
  if (isLate && job.header.paused) return mend(job) ?? { kind: 'resumed', by: 'an operator' };
  if (run.state === 'ready')
    return { kind: 'claimed', node, attempt: run.attempt + 1, owner: 'engine', leaseUntil: now + 1_000_000 };
  if (run.state === 'retrying') return { kind: 'retriedNow', node, attempt: run.attempt, by: 'an operator' };
  if (run.state !== 'running' && run.state !== 'waiting') return { kind: 'checked' };
  const { attempt } = run;
  if (run.state === 'waiting' && run.on.kind === 'time') return { kind: 'delayDue', node, attempt };
  const state = chance < 0.8 ? 'completed' : 'failed';
  if (run.state === 'waiting' && run.on.kind === 'child')
    return { kind: 'childEnded', node, attempt, state, result: null, resultBytes: 4, chance };
  if (isLate || chance < 0.6) return { kind: 'succeeded', node, attempt, result: { attempt }, resultBytes: 13 };
  if (chance < 0.7 && run.state === 'running') return { kind: 'accepted', node, attempt };
  if (chance < 0.8) return { kind: 'leaseLost', node, attempt, because: 'executorGone', chance };
  if (chance < 0.85) return { kind: 'released', node, attempt, begun: chance < 0.82 };
  return { kind: 'failed', node, attempt, failure: { code: 'busy', message: 'no' }, chance };
}

function drawMeddling(random: Random, job: Job, cancels: boolean): JobEvent {
  const by = 'an operator';
  const node = Math.floor(random.next() * nodeCount(job));
  return pick<JobEvent>(random, [
    { kind: 'paused', by },
    { kind: 'resumed', by },
    { kind: 'resumed', by },
    { kind: 'nodeSkipped', node, by },
    { kind: 'compensationRetried', node, by },
    { kind: 'deadlinePassed' },
    rollback,
    ...(cancels ? [{ kind: 'cancelled', by } as const] : []),
  ]);
}

function mend(job: Job): JobEvent | undefined {
  const [node] = failedUndos(job);
  return node === undefined ? undefined : { kind: 'compensationRetried', node, by: 'an operator' };
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random.next() * from.length)]!;
}
