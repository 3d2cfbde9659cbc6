import { messageOf } from '../core/error.ts';
import { jsonBytes } from '../core/json.ts';
import {
  childSpecOf,
  indexOfNode,
  isFinal,
  type Job,
  type JobEvent,
  type JobSpec,
  jobResult,
  nodeIdAt,
  type Parent,
} from '../jobs/index.ts';
import type { Failure } from '../policy/retry/index.ts';
import { isAwaited } from '../recovery/index.ts';
import type { Committer } from './commit-events.ts';
import type { Parts } from './parts.ts';
import { mayPass } from './try-again.ts';

/** What a parent and its child need of the engine. */
export interface Family {
  readonly parts: Parts;
  readonly committer: Committer;
  submit(spec: JobSpec, options: { jobId: string; parent: Parent }): Promise<unknown>;
}

/** The attempt of a node of type `job`. */
export interface ChildAttempt {
  readonly node: number;
  readonly attempt: number;
  readonly childId: string;
}

/** Starting a child twice starts one: its id follows from its parent's. What can never be started fails its node. */
export async function startChild(family: Family, parent: Job, { node, attempt, childId }: ChildAttempt): Promise<void> {
  const child = childSpecOf(parent, node);
  if (child.kind === 'failed') return failNode(family, parent.id, node, attempt, child.failure);
  const depth = (parent.header.parent?.depth ?? 0) + 1;
  const as = { jobId: parent.id, nodeId: nodeIdAt(parent, node), attempt, depth };
  try {
    await family.submit(child.spec, { jobId: childId, parent: as });
  } catch (error) {
    if (mayPass(error)) throw error;
    await failNode(family, parent.id, node, attempt, { code: 'child_not_started', message: messageOf(error) });
  }
}

/** The parent asks: a child that ended is brought in, one that was never started is started. */
export async function checkChild(family: Family, parent: Job, attempt: ChildAttempt): Promise<void> {
  const child = await family.committer.read(attempt.childId);
  if (!child) await startChild(family, parent, attempt);
  else if (isFinal(child.header.state)) await wakeParent(family, child);
}

/** A child that ended tells its parent. */
export async function wakeParent(family: Family, child: Job): Promise<void> {
  const { parent, state, failure } = child.header;
  const job = parent && (await family.committer.read(parent.jobId));
  const node = job && indexOfNode(job, parent.nodeId);
  if (!parent || node === undefined || !isFinal(state)) return;
  try {
    const result = jobResult(child);
    const told = { state, result, resultBytes: jsonBytes(result), ...(failure && { failure }) };
    await family.committer.commit(parent.jobId, [{ ...ended(family, node, parent.attempt), ...told }]);
  } catch (error) {
    if (mayPass(error)) throw error;
    await failNode(family, parent.jobId, node, parent.attempt, { code: 'child_unusable', message: messageOf(error) });
  }
}

/** A child whose parent ended, or went on without it, has nobody to work for. */
export async function checkParent({ committer }: Family, child: Job): Promise<void> {
  const { parent, rollback } = child.header;
  // What a child did is taken back whether its parent waits for it or not.
  if (!parent || rollback) return;
  const job = await committer.read(parent.jobId);
  if (isAwaited(child, job)) return;
  const reason = 'its parent no longer waits for it';
  await committer.commit(child.id, [
    { kind: 'cancelled', by: `job ${parent.jobId}`, reason, finding: 'orphaned_child' },
  ]);
}

async function failNode(family: Family, jobId: string, node: number, attempt: number, failure: Failure): Promise<void> {
  await family.committer.commit(jobId, [{ ...ended(family, node, attempt), state: 'failed', failure }]);
}

function ended({ parts }: Family, node: number, attempt: number) {
  const chance = parts.random.next();
  return { kind: 'childEnded', node, attempt, result: null, resultBytes: 4, chance } as const satisfies Omit<
    Extract<JobEvent, { kind: 'childEnded' }>,
    'state'
  >;
}
