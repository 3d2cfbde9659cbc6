import { indexOfNode, isFinal, type Job, nodeAt } from '../jobs/index.ts';

/** Whether the parent still waits for this child. One that has ended does not, nor one whose node goes on with another attempt. */
export function isAwaited(child: Job, parent: Job | undefined): boolean {
  if (!parent || isFinal(parent.header.state)) return false;
  const node = indexOfNode(parent, child.header.parent?.nodeId ?? '');
  const run = node === undefined ? undefined : nodeAt(parent, node);
  return run?.state === 'waiting' && run.on.kind === 'child' && run.on.jobId === child.id;
}
