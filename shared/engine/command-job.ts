import { newId } from '../core/id.ts';
import { jsonBytes } from '../core/json.ts';
import { indexOfNode, type JobEvent } from '../jobs/index.ts';
import { answerOf } from './answer.ts';
import type { Committer } from './commit-events.ts';
import type { Answer, Engine } from './engine.ts';
import type { Parts } from './parts.ts';

/** What people and the outside tell a job. Each is one event; the verdict is the answer. */
export function commandsOf(
  parts: Parts,
  committer: Committer,
): Pick<
  Engine,
  | 'cancel'
  | 'pause'
  | 'resume'
  | 'skip'
  | 'rollback'
  | 'retryCompensation'
  | 'checkpoint'
  | 'restore'
  | 'retryNow'
  | 'cancelRetry'
  | 'signal'
  | 'complete'
  | 'fail'
  | 'heartbeat'
> {
  async function tell(jobId: string, event: JobEvent): Promise<Answer> {
    const committed = await committer.commit(jobId, [event]);
    return committed ? answerOf(committed) : { kind: 'unknownJob' };
  }

  async function tellNode(jobId: string, nodeId: string, event: (node: number) => JobEvent): Promise<Answer> {
    const job = await committer.read(jobId);
    if (!job) return { kind: 'unknownJob' };
    const node = indexOfNode(job, nodeId);
    return node === undefined ? { kind: 'refused', because: 'unknownNode', job } : tell(jobId, event(node));
  }

  return {
    cancel: (jobId, asked) => tell(jobId, { kind: 'cancelled', ...asked }),
    pause: (jobId, asked) => tell(jobId, { kind: 'paused', ...asked }),
    resume: (jobId, asked) => tell(jobId, { kind: 'resumed', ...asked }),
    skip: (jobId, nodeId, asked) => tellNode(jobId, nodeId, (node) => ({ kind: 'nodeSkipped', node, ...asked })),
    rollback: (jobId, asked) => tell(jobId, { kind: 'rollbackStarted', ...asked }),
    retryCompensation: (jobId, nodeId, asked) =>
      tellNode(jobId, nodeId, (node) => ({ kind: 'compensationRetried', node, ...asked })),
    checkpoint: (jobId, name, asked) => tell(jobId, { kind: 'checkpointed', name, ...asked }),
    restore: (jobId, checkpoint, asked) =>
      tell(jobId, { kind: 'restored', ...(checkpoint !== undefined && { checkpoint }), ...asked }),
    retryNow: (jobId, nodeId, attempt, asked) =>
      tellNode(jobId, nodeId, (node) => ({ kind: 'retriedNow', node, attempt, ...asked })),
    cancelRetry: (jobId, nodeId, attempt, asked) =>
      tellNode(jobId, nodeId, (node) => ({ kind: 'retryCancelled', node, attempt, ...asked })),
    signal: (jobId, { id = newId(parts.clock.now(), parts.random), ...signal }) =>
      tell(jobId, { kind: 'signalled', id, ...signal }),
    complete: (jobId, nodeId, attempt, result) =>
      tellNode(jobId, nodeId, (node) => ({
        kind: 'succeeded',
        node,
        attempt,
        result,
        resultBytes: jsonBytes(result),
        by: 'callback',
      })),
    fail: (jobId, nodeId, attempt, failure) =>
      tellNode(jobId, nodeId, (node) => ({
        kind: 'failed',
        node,
        attempt,
        failure,
        chance: parts.random.next(),
        by: 'callback',
      })),
    heartbeat: (jobId, nodeId, attempt) =>
      tellNode(jobId, nodeId, (node) => ({ kind: 'heartbeat', node, attempt, leaseUntil: 0 })),
  };
}
