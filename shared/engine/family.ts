import { jsonBytes } from '../core/json.ts';
import {
  type ChildJobNode,
  fillTemplate,
  indexOfNode,
  isFinal,
  type Job,
  type JobEvent,
  type JobSpec,
  jobResult,
  nodeAt,
  nodeIdAt,
  nodeSpecAt,
  type Parent,
  scopeAt,
} from '../jobs/index.ts';
import type { Committer } from './commit-events.ts';
import type { Parts } from './parts.ts';

type Submit = (spec: JobSpec, options: { jobId: string; parent: Parent }) => Promise<unknown>;

/** Starting a child twice starts one: its id follows from its parent's. */
export async function startChild(
  parts: Parts,
  committer: Committer,
  submit: Submit,
  parent: Job,
  node: number,
  attempt: number,
  childId: string,
): Promise<void> {
  const { job: spec, input } = nodeSpecAt(parent, node) as ChildJobNode;
  const filled = fillTemplate(input ?? spec.input ?? null, scopeAt(parent, node));
  if (filled.kind === 'unresolved') {
    const failure = {
      code: 'input_unresolved',
      message: `input: ${filled.reference} ${filled.because}`,
      retryable: false,
    };
    await committer.commit(parent.id, [{ ...ended(parts, node, attempt), state: 'failed', failure }]);
    return;
  }
  const family = {
    jobId: parent.id,
    nodeId: nodeIdAt(parent, node),
    attempt,
    depth: (parent.header.parent?.depth ?? 0) + 1,
  };
  await submit({ ...spec, input: filled.value }, { jobId: childId, parent: family });
}

/** The parent asks: a child that ended is brought in, one that was never started is started. */
export async function checkChild(
  parts: Parts,
  committer: Committer,
  submit: Submit,
  parent: Job,
  node: number,
  attempt: number,
  childId: string,
): Promise<void> {
  const child = await committer.read(childId);
  if (!child) await startChild(parts, committer, submit, parent, node, attempt, childId);
  else if (isFinal(child.header.state)) await wakeParent(parts, committer, child);
}

/** A child that ended tells its parent. */
export async function wakeParent(parts: Parts, committer: Committer, child: Job): Promise<void> {
  const { parent, state, failure } = child.header;
  const job = parent && (await committer.read(parent.jobId));
  const node = job && indexOfNode(job, parent.nodeId);
  if (!parent || node === undefined || !isFinal(state)) return;
  const result = jobResult(child);
  const event: JobEvent = {
    ...ended(parts, node, parent.attempt),
    state,
    result,
    resultBytes: jsonBytes(result),
    ...(failure && { failure }),
  };
  await committer.commit(parent.jobId, [event]);
}

/** A child whose parent ended, or went on without it, has nobody to work for. */
export async function checkParent(committer: Committer, child: Job): Promise<void> {
  const { parent } = child.header;
  if (!parent) return;
  const job = await committer.read(parent.jobId);
  if (job && waitsFor(job, child)) return;
  await committer.commit(child.id, [
    { kind: 'cancelled', by: `job ${parent.jobId}`, reason: 'its parent no longer waits for it' },
  ]);
}

function waitsFor(job: Job, child: Job): boolean {
  if (isFinal(job.header.state)) return false;
  const node = indexOfNode(job, child.header.parent!.nodeId);
  const run = node === undefined ? undefined : nodeAt(job, node);
  return run?.state === 'waiting' && run.on.kind === 'child' && run.on.jobId === child.id;
}

function ended(parts: Parts, node: number, attempt: number) {
  return { kind: 'childEnded', node, attempt, result: null, resultBytes: 4, chance: parts.random.next() } as const;
}
