import type { Failure } from '../policy/retry/index.ts';
import { type Draft, moveJob, put, tell } from './draft.ts';
import type { NodeRun } from './job.ts';
import { outputOf } from './job-result.ts';
import { itemAt, itemsOf, nodeAt, nodeCount, nodeIdAt, nodeSpecAt } from './nodes.ts';
import { handedOut, type Line, neverStarted, pastOf } from './settle-node.ts';
import { type FinalState, isSettled, type JobState } from './states.ts';
import { whyNot } from './template/reference.ts';
import { undoAt } from './undos.ts';

/** After every event: the job's state follows from its nodes. */
export function followNodes(draft: Draft): void {
  const { tally } = draft.header;
  if (openNodes(draft) > 0) return moveJob(draft, stateOf(draft));
  const failed = (tally.failed > 0 ? firstFailure(draft) : undefined) ?? outputFailure(draft);
  if (failed) end(draft, 'failed', { event: 'ended', failure: failed, finding: 'failed_job' });
  else end(draft, 'completed', { event: 'ended' });
}

export function openNodes({ header: { tally } }: Draft): number {
  return tally.blocked + tally.ready + tally.running + tally.waiting + tally.retrying;
}

/** Cancel and deadline: whatever has not settled is cancelled, whoever holds it; a lease does not protect it. */
export function endEarly(draft: Draft, to: FinalState, line: Line): void {
  for (let index = 0; index < nodeCount(draft); index++) cancelNode(draft, index);
  end(draft, to, line);
}

/** Told by the line that ends its job or its map, for all of them at once. */
function cancelNode(draft: Draft, index: number): void {
  const run = nodeAt(draft, index);
  if (isSettled(run.state)) return;
  stopWork(draft, index, run);
  const past = run.state === 'blocked' ? neverStarted(draft, index) : pastOf(run);
  put(draft, index, { state: 'cancelled', ...past, ...handedOut(run), endedAt: draft.now });
}

/** Whoever works for the node is told to stop; nobody waits for it. */
export function stopWork(draft: Draft, index: number, run: NodeRun): void {
  if (run.state === 'running') draft.effects.push({ kind: 'abort', node: index, attempt: run.attempt });
  if (run.state !== 'waiting') return;
  if (run.on.kind === 'child') draft.effects.push({ kind: 'cancelChild', childId: run.on.jobId });
  if (run.on.kind === 'items') {
    const { first, count } = itemsOf(draft, index) ?? { first: 0, count: 0 };
    for (let item = first; item < first + count; item++) cancelNode(draft, item);
  }
}

export function end(draft: Draft, to: FinalState, line: Line): void {
  const { header } = draft;
  header.endedAt = draft.now;
  // A run that follows may still wait for what has been sent.
  if (to === 'completed') header.inbox = [];
  if (header.paused) delete header.paused;
  if (header.rollback) delete header.rollback;
  if (line.failure) header.failure = line.failure;
  tell(draft, line);
  // The line of an end says so, even where the job was reopened and came to the same end within one event.
  draft.audit.at(-1)!.job = to;
  moveJob(draft, to);
  if (header.parent) draft.effects.push({ kind: 'wakeParent', parentId: header.parent.jobId });
}

export function stateOf({ header }: Draft): JobState {
  const { tally } = header;
  if (header.paused) return 'paused';
  if (header.rollback) return 'rolling_back';
  if (header.startedAt === undefined) return 'scheduled';
  if (tally.running > 0) return 'running';
  if (tally.lost > 0) return 'recovering';
  if (tally.ready > 0) return 'queued';
  return tally.retrying > 0 ? 'retrying' : 'waiting';
}

/** A failed node fails the job, unless it says `continue` or a dependant that accepts failures has succeeded in its place. */
export function firstFailure(draft: Draft): Failure | undefined {
  for (let index = 0; index < nodeCount(draft); index++) {
    const run = nodeAt(draft, index);
    if (run.state !== 'failed' || !run.failure || isAbsorbed(draft, index)) continue;
    const attempts = run.attempt === 1 ? 'its only attempt' : `after ${run.attempt} attempts`;
    const message = `node \`${nodeIdAt(draft, index)}\` failed, ${attempts}: ${run.failure.message}`;
    return { ...run.failure, message };
  }
  return undefined;
}

/** Who asked for an output and would get none hears of it. */
function outputFailure(draft: Draft): Failure | undefined {
  const output = outputOf(draft);
  if (!output || output.kind === 'filled') return undefined;
  const code = output.kind === 'tooLarge' ? 'output_too_large' : 'output_unresolved';
  return { code, message: `output: ${whyNot(output)}` };
}

/** Its failure is no failure of the job. */
export function isAbsorbed(draft: Draft, index: number): boolean {
  if (itemAt(draft, index) || undoAt(draft, index) || nodeSpecAt(draft, index).onFailure === 'continue') return true;
  return draft.graph.dependants[index]!.some((dependant) => {
    const { join = 'all_succeeded' } = draft.spec.nodes[dependant]!;
    return join !== 'all_succeeded' && nodeAt(draft, dependant).state === 'succeeded';
  });
}
