import { type Draft, putDerived } from './draft.ts';
import type { BlockedNode } from './job.ts';
import { itemSettled } from './map-items.ts';
import { itemAt, nodeAt, nodeIdAt } from './nodes.ts';
import { skip } from './settle-node.ts';
import type { JoinRule, NodeSpec } from './spec.ts';
import { enterNode } from './start-node.ts';
import { isSettled, type SettledState } from './states.ts';

/** What follows from an event, until nothing more does. A loop and not a recursion: chains are long. */
export function spreadNews(draft: Draft): void {
  const { settled, entering } = draft;
  for (let heard = 0, entered = 0; heard < settled.length || entered < entering.length; ) {
    if (heard < settled.length) tellDependants(draft, settled[heard++]!);
    else enterOnce(draft, entering[entered++]!);
  }
  settled.length = 0;
  entering.length = 0;
}

/** A second dependency may have asked for it before it was its turn. */
function enterOnce(draft: Draft, index: number): void {
  if (nodeAt(draft, index).state === 'blocked') enterNode(draft, index);
}

function tellDependants(draft: Draft, index: number): void {
  const { state } = nodeAt(draft, index);
  if (!isSettled(state)) return;
  if (itemAt(draft, index)) itemSettled(draft, index);
  else for (const dependant of draft.graph.dependants[index]!) hear(draft, dependant, index, state);
}

/** J3: what a dependency's ending means to a node that waits for it. */
function hear(draft: Draft, index: number, dependency: number, state: SettledState): void {
  const run = nodeAt(draft, index);
  if (run.state !== 'blocked') return;
  const { join = 'all_succeeded' } = draft.spec.nodes[index] as NodeSpec;
  const news = { ...run, unsettled: run.unsettled - 1, succeeded: run.succeeded + Number(state === 'succeeded') };
  putDerived(draft, index, news);
  const verdict = joins[join](news, state);
  if (verdict === 'start') draft.entering.push(index);
  else if (verdict === 'skip') skip(draft, index, `${nodeIdAt(draft, dependency)} ${state}`);
}

type Join = (node: BlockedNode, last: SettledState) => 'start' | 'skip' | 'wait';
const joins: Record<JoinRule, Join> = {
  all_succeeded: ({ unsettled }, last) => (last !== 'succeeded' ? 'skip' : unsettled === 0 ? 'start' : 'wait'),
  all_settled: ({ unsettled }) => (unsettled === 0 ? 'start' : 'wait'),
  any_succeeded: ({ unsettled, succeeded }) => (succeeded > 0 ? 'start' : unsettled === 0 ? 'skip' : 'wait'),
};
