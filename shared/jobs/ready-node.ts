import type { Failure } from '../policy/retry/index.ts';
import { type Draft, put, tell } from './draft.ts';
import type { NodePast, Wait } from './job.ts';
import { periods } from './limits.ts';
import { nodeSpecAt, priorityAt } from './nodes.ts';
import { type Line, pastOf, startedNow } from './settle-node.ts';
import type { ItemSpec, NodeSpec } from './spec.ts';

/** A call waits for an executor, a child job is started. While the job is paused neither is done. */
export function makeReady(draft: Draft, index: number, past: NodePast & Comeback, line: Line): void {
  const { paused } = draft.header;
  if (!paused && nodeSpecAt(draft, index).type === 'job') return startChild(draft, index, past, line);
  const requeueAt = paused ? {} : { requeueAt: draft.now + draft.requeueMs };
  const { lost, parcel, failure, isUrged } = past;
  const why = { ...(failure && { failure }), ...(isUrged && { isUrged }) };
  const again = { lost, requeues: 0, ...why, ...(parcel !== undefined && { parcel }) };
  put(draft, index, { state: 'ready', ...pastOf(past), ...again, ...requeueAt });
  tell(draft, { ...line, to: 'ready' }, index);
  if (!paused) enqueue(draft, index, past.attempt + 1, parcel);
  if (past.readyAt === draft.now) alarm(draft, totalTimeoutAt(nodeSpecAt(draft, index), past.readyAt));
}

/** What a node brings along that is ready again; whoever was handed out in a parcel stays in it. */
interface Comeback {
  readonly lost: boolean;
  readonly parcel?: string;
  readonly failure?: Failure;
  readonly isUrged?: true;
}

export function enqueue(draft: Draft, index: number, attempt: number, parcel?: string, isStray = false): void {
  const priority = priorityAt(draft, index);
  const where = { ...(parcel !== undefined && { parcel }), ...(isStray && { isStray }) };
  draft.effects.push({ kind: 'enqueue', node: index, attempt, priority, ...where });
}

/** The child's id follows from its parent's, so that starting it twice starts one. */
function startChild(draft: Draft, index: number, before: NodePast, line: Line): void {
  const past = startedNow(draft, before);
  const jobId = `${draft.id}.${index}.${past.attempt}`;
  wait(
    draft,
    index,
    past,
    { kind: 'child', jobId, checkAt: draft.now + periods.family },
    { ...line, attempt: past.attempt },
  );
  draft.effects.push({ kind: 'startChild', node: index, attempt: past.attempt, childId: jobId });
}

export function wait(draft: Draft, index: number, past: NodePast, on: Wait, line: Line): void {
  const { timeout = Infinity } = nodeSpecAt(draft, index);
  put(draft, index, {
    ...past,
    state: 'waiting',
    on,
    ...(timeout < Infinity && { timeoutAt: draft.now + timeout }),
  });
  tell(draft, { ...line, to: 'waiting' }, index);
  alarm(draft, on.kind === 'time' ? Math.min(on.until, draft.now + timeout) : draft.now + timeout);
}

/** Nobody is woken for what never comes. */
export function alarm(draft: Draft, at: number): void {
  if (at < Infinity) draft.effects.push({ kind: 'alarm', at });
}

/** Of one attempt of a node that makes a call. */
export function callTimeoutOf(node: NodeSpec | ItemSpec): number | undefined {
  return node.timeout ?? (node.type === 'http' ? periods.httpTimeout : undefined);
}

export function totalTimeoutAt(node: NodeSpec | ItemSpec, readyAt: number): number {
  return node.totalTimeout === undefined ? Infinity : readyAt + node.totalTimeout;
}
