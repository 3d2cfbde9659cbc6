import { type Draft, tell } from './draft.ts';
import { isAbsorbed } from './end-job.ts';
import type { Checkpoint } from './job.ts';
import { checkpointNamesMost, limits } from './limits.ts';
import { mustRunAgain } from './must-run-again.ts';
import { itemAt, nodeAt, nodeCount, nodeIdAt, nodeSpecAt } from './nodes.ts';
import { runOf } from './reopen-job.ts';

/**
 * A checkpoint says which nodes had an outcome that is kept when the job is restored to it. Results that have settled do not change, so
 * none is copied: a checkpoint is a bit a node. When one of its nodes is run again for another reason, what it had captured is gone, and the
 * checkpoint with it.
 */
export function takeCheckpoint(draft: Draft, name: string, by: string): Checkpoint {
  const checkpoint = capture(draft, name, by);
  const others = (draft.header.checkpoints ?? []).filter((each) => each.name !== name);
  const all = [...others, checkpoint];
  // What sessions took must not push out what somebody named.
  const old = all.filter((each) => !isCapture(each.name)).slice(0, -checkpointNamesMost);
  draft.header.checkpoints = all.filter((each) => !old.includes(each));
  tellGone(draft, old, 'newer ones took its place');
  return checkpoint;
}

/** The state that a node's spec asks for to be captured with its success. */
export function takeOwnCheckpoint(draft: Draft, node: number): void {
  const name = draft.spec.nodes[node]?.checkpoint;
  if (name === undefined || draft.header.rollback) return;
  const by = nodeIdAt(draft, node);
  takeCheckpoint(draft, name, by);
  tell(draft, { event: 'checkpointed', because: name }, node);
}

/** Without a name the newest, but for the one that the session under way took before it acted: that is where the job stands. */
export function checkpointNamed({ header }: Pick<Draft, 'header'>, name: string | undefined): Checkpoint | undefined {
  const all = header.checkpoints ?? [];
  if (name !== undefined) return all.find((each) => each.name === name);
  return all.findLast((each) => each.name !== header.recovery?.checkpoint);
}

/** Of those that sessions took only the newest are of use to anybody, but for the one that is about to be restored. */
export function dropOldCaptures({ header }: Draft, wanted?: string): void {
  const own = (header.checkpoints ?? []).filter(({ name }) => isCapture(name));
  const old = own.slice(0, -limits.capturesKept).filter(({ name }) => name !== wanted);
  if (old.length > 0) header.checkpoints = header.checkpoints!.filter((each) => !old.includes(each));
}

/** Without those that sessions took. */
export function namedCheckpoints({ header }: Pick<Draft, 'header'>): readonly Checkpoint[] {
  return (header.checkpoints ?? []).filter(({ name }) => !isCapture(name));
}

/** No name that a user may give has a space. */
function isCapture(name: string): boolean {
  return name.startsWith('before ');
}

/** Whether the node's outcome is the one that the checkpoint captured. */
export function keeps({ kept, nodes }: Checkpoint, node: number): boolean {
  return node < nodes && ((bitsOf(kept)[node >> 3] ?? 0) & (1 << (node & 7))) !== 0;
}

/** What these nodes had been captured with is gone, and each checkpoint that held it with it: that is told, with the reason. */
export function dropCheckpoints(draft: Draft, again: Iterable<number>, because: string): void {
  const { checkpoints } = draft.header;
  if (!checkpoints?.length) return;
  const nodes = [...again];
  const lost = checkpoints.filter((each) => nodes.some((node) => keeps(each, node)));
  if (lost.length > 0) draft.header.checkpoints = checkpoints.filter((each) => !lost.includes(each));
  tellGone(draft, lost, because);
}

function tellGone(draft: Draft, checkpoints: readonly Checkpoint[], because: string): void {
  for (const { name } of checkpoints)
    tell(draft, { event: 'reset', because: `the checkpoint \`${name}\` is gone: ${because}` });
}

function capture(draft: Draft, name: string, by: string): Checkpoint {
  const nodes = nodeCount(draft);
  const bits = Buffer.alloc(Math.ceil(nodes / 8));
  const taken = takenBack(draft);
  for (let node = 0; node < nodes; node++)
    if (!taken.has(itemAt(draft, node)?.map ?? node) && isOutcome(draft, node)) bits[node >> 3]! |= 1 << (node & 7);
  return { name, at: draft.now, by, run: runOf(draft.header), nodes, kept: bits.toString('base64') };
}

/** What a rollback that was given up has taken back, and what is built on that. */
function takenBack(draft: Draft): ReadonlySet<number> {
  if (!draft.header.rollbacks) return new Set();
  return mustRunAgain(draft, { of: () => undefined, ofItem: () => false }).nodes;
}

/** What was skipped follows from the others, and a failure that the job does not accept is nothing to go back to. */
function isOutcome(draft: Draft, node: number): boolean {
  const run = nodeAt(draft, node);
  if (run.state === 'succeeded') return true;
  if (run.state !== 'failed') return false;
  return itemAt(draft, node) ? nodeSpecAt(draft, node).onFailure === 'continue' : isAbsorbed(draft, node);
}

function bitsOf(kept: string): Uint8Array {
  const known = decoded.get(kept);
  if (known) return known;
  const bits = Buffer.from(kept, 'base64');
  decoded.clear();
  decoded.set(kept, bits);
  return bits;
}

/** The one that is being asked about, node after node. */
const decoded = new Map<string, Uint8Array>();
