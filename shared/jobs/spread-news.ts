import { takeOwnCheckpoint } from './checkpoint.ts';
import { type Draft, putDerived } from './draft.ts';
import { joinVerdict } from './join.ts';
import { itemSettled } from './map-items.ts';
import { itemAt, nodeAt, nodeIdAt } from './nodes.ts';
import { skip } from './settle-node.ts';
import { enterNode } from './start-node.ts';
import { isSettled, type SettledState } from './states.ts';
import { undoSettled } from './undo-moves.ts';
import { undoAt } from './undos.ts';

/** What follows from an event, until nothing more does. A loop and not a recursion: chains are long. */
export function spreadNews(draft: Draft, heals: (node: number) => boolean = () => false): void {
  const { settled, entering } = draft;
  for (let heard = 0, entered = 0; heard < settled.length || entered < entering.length; ) {
    if (heard < settled.length) hearOf(draft, settled[heard++]!, heals);
    else enterOnce(draft, entering[entered++]!);
  }
  settled.length = 0;
  entering.length = 0;
}

/** A second dependency may have asked for it before it was its turn. */
function enterOnce(draft: Draft, index: number): void {
  if (nodeAt(draft, index).state === 'blocked') enterNode(draft, index);
}

/** Before anybody hears of a failure, something may be made of it; and what is captured with a success is captured before what it leads to. */
function hearOf(draft: Draft, index: number, heals: (node: number) => boolean): void {
  const { state } = nodeAt(draft, index);
  if (state === 'failed' && heals(index)) return;
  if (state === 'succeeded') takeOwnCheckpoint(draft, index);
  tellDependants(draft, index);
}

function tellDependants(draft: Draft, index: number): void {
  const { state } = nodeAt(draft, index);
  if (!isSettled(state)) return;
  if (undoAt(draft, index)) undoSettled(draft, index);
  else if (itemAt(draft, index)) itemSettled(draft, index);
  else for (const dependant of draft.graph.dependants[index]!) hear(draft, dependant, index, state);
}

/** J3: what a dependency's ending means to a node that waits for it. */
function hear(draft: Draft, index: number, dependency: number, state: SettledState): void {
  const run = nodeAt(draft, index);
  if (run.state !== 'blocked') return;
  const news = { ...run, unsettled: run.unsettled - 1, succeeded: run.succeeded + Number(state === 'succeeded') };
  putDerived(draft, index, news);
  const verdict = joinVerdict(draft.spec.nodes[index]!.join, news, draft.graph.dependencies[index]!.length);
  if (verdict === 'start') draft.entering.push(index);
  else if (verdict === 'skip') skip(draft, index, `${nodeIdAt(draft, dependency)} ${state}`);
}
