import type { Clock } from '../core/clock.ts';
import { callTimeoutOf, type Job, nodeAt, nodeIdAt, nodeSpecAt } from '../jobs/index.ts';
import type { Attempt, Outcome } from '../ports/index.ts';
import { callTarget, type Targets } from './call-target.ts';
import type { RunningAttempt } from './running-attempts.ts';

/** The call, its time limits and its abandonment, whichever comes first. Never throws. */
export async function runAttempt(clock: Clock, targets: Targets, job: Job, mine: RunningAttempt): Promise<Outcome> {
  const limits = timeLimits(clock, job, mine.node);
  const call = callTarget(targets, job, mine.node, attemptOf(job, mine, limits?.heartbeat));
  if (!limits) return mine.first(call);
  const outcome = await mine.first(call, limits.whenPassed);
  limits.forget();
  if (outcome.kind === 'failed') mine.stopTarget(new Error(outcome.failure.message));
  return outcome;
}

/**
 * The key names the node and not the attempt: a target that did its work before its caller died must know it again. Where that work is to
 * be done once more, the key is another one from then on.
 */
function attemptOf(job: Job, mine: RunningAttempt, heartbeat = () => {}): Attempt {
  const { node, attempt } = mine;
  const nodeId = nodeIdAt(job, node);
  const run = nodeAt(job, node);
  const redo = 'redoAfter' in run && run.redoAfter !== undefined ? `/${run.redoAfter}` : '';
  return {
    jobId: job.id,
    nodeId,
    attempt,
    idempotencyKey: `${job.id}/${nodeId}${redo}`,
    get signal() {
      return mine.signal;
    },
    heartbeat,
  };
}

interface TimeLimits {
  readonly whenPassed: Promise<Outcome>;
  heartbeat(): void;
  forget(): void;
}

/** The attempt's timeout and the silence that its handler may keep; undefined when it has neither. */
function timeLimits(clock: Clock, job: Job, node: number): TimeLimits | undefined {
  const run = nodeAt(job, node);
  const spec = nodeSpecAt(job, node);
  const timeoutMs = callTimeoutOf(spec);
  const storedAt = run.state === 'running' ? run.timeoutAt : undefined;
  const timeoutAt =
    storedAt === undefined || timeoutMs === undefined ? storedAt : Math.min(storedAt, clock.now() + timeoutMs);
  const silenceMs = spec.type === 'function' ? spec.heartbeatTimeout : undefined;
  if (timeoutAt === undefined && silenceMs === undefined) return undefined;
  const over = new AbortController();
  let beatAt = clock.now();
  const next = (): number => Math.min(timeoutAt ?? Infinity, beatAt + (silenceMs ?? Infinity));
  const wait = async (): Promise<Outcome> => {
    while (!over.signal.aborted && next() > clock.now()) await clock.sleep(next() - clock.now(), over.signal);
    const late = (timeoutAt ?? Infinity) <= clock.now();
    return late
      ? tooLate('timeout', `it ran longer than its timeout of ${timeoutMs} ms`)
      : tooLate('heartbeat_timeout', `no heartbeat came for ${silenceMs} ms`);
  };
  return {
    whenPassed: wait(),
    heartbeat: () => {
      beatAt = clock.now();
    },
    forget: () => over.abort(),
  };
}

function tooLate(code: string, message: string): Outcome {
  return { kind: 'failed', failure: { code, message } };
}
