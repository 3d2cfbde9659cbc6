import { itemAt, type JobView, nodeAt, nodeIdAt, nodeIndices, nodeSpecAt } from './nodes.ts';
import type { CompensateSpec } from './spec.ts';
import { allUndos, undoAt, undosOf } from './undos.ts';

/** How things stand between a node and the compensation of its success. */

/** What takes back what this node does; undefined for one that has nothing of the kind, and for compensations. */
export function compensateAt(job: JobView, node: number): CompensateSpec | undefined {
  if (undoAt(job, node)) return undefined;
  const spec = nodeSpecAt(job, node);
  return 'compensate' in spec ? spec.compensate : undefined;
}

/** The compensation of the node's present success; undefined when it has none, or of an earlier success only. */
export function undoOf(job: JobView, node: number): number | undefined {
  const last = undosOf(job, node).at(-1);
  return last !== undefined && isCurrent(job, last) ? last : undefined;
}

/** Whether it compensates what its node has done last, and that stands. */
export function isCurrent(job: JobView, undo: number): boolean {
  const { of, attempt } = undoAt(job, undo)!;
  const run = nodeAt(job, of);
  return run.state === 'succeeded' && run.attempt === attempt;
}

/** What the node did was taken back: its result stands for nothing any more. */
export function isCompensated(job: JobView, node: number): boolean {
  const undo = undoOf(job, node);
  return undo !== undefined && nodeAt(job, undo).state === 'succeeded';
}

/** What was taken back in earlier rollbacks and has not run again since, with the maps of items among it. */
export function compensatedIn(job: JobView): ReadonlySet<number> {
  const nodes = [...allUndos(job)].flatMap(([, { of }]) => (isCompensated(job, of) ? [of, placeOf(job, of)] : []));
  return new Set(nodes);
}

/** Whether a compensation is over. One that was skipped is: what its node did stays. One that has failed waits for a decision. */
export function isUndone(job: JobView, undo: number): boolean {
  const { state } = nodeAt(job, undo);
  return state === 'succeeded' || state === 'skipped';
}

/** Whether a rollback would have to take this node back. */
export function isToCompensate(job: JobView, node: number): boolean {
  if (nodeAt(job, node).state !== 'succeeded' || compensateAt(job, node) === undefined) return false;
  const undo = undoOf(job, node);
  return undo === undefined || !isUndone(job, undo);
}

/** Those that failed for good, of successes that still stand. */
export function failedUndos(job: JobView): number[] {
  if (!job.header.rollbacks) return [];
  return [...allUndos(job).keys()].filter((undo) => nodeAt(job, undo).state === 'failed' && isCurrent(job, undo));
}

/** The node of the spec that a node belongs to: an item to its map. */
export function placeOf(job: JobView, node: number): number {
  return itemAt(job, node)?.map ?? node;
}

/** What a rollback that ends now would leave standing, for people. */
export function leftStanding(job: JobView): string {
  const ids = nodeIndices(job).flatMap((node) => (isToCompensate(job, node) ? [nodeIdAt(job, node)] : []));
  if (ids.length === 0) return 'nothing is left to compensate';
  const more = ids.length > namesTold ? ` and ${ids.length - namesTold} more` : '';
  return `not compensated: ${ids.slice(0, namesTold).join(', ')}${more}`;
}

const namesTold = 20;
