import { jsonBytes, sizeOf } from '../core/json.ts';
import { type Draft, tell } from './draft.ts';
import { applied, refused, repeated, type SignalEvent, type Verdict } from './event.ts';
import type { Graph } from './graph.ts';
import type { Signal } from './job.ts';
import { keepResult } from './keep-result.ts';
import { limits } from './limits.ts';
import { nodeAt } from './nodes.ts';

/** One signal lets one node go on: the first in the spec's order that waits for its name. It is kept when none waits yet. */
export function receiveSignal(draft: Draft, { id, name, data, by }: SignalEvent): Verdict {
  const { header, graph } = draft;
  const nodes = graph.signals.get(name);
  if (!nodes) return refused('unknownSignal');
  if (header.signalIds.includes(id)) return repeated;
  if (header.rollback) return refused('rollingBack');
  const signal = { id, name, data, at: draft.now };
  const waiting = nodes.find((index) => isWaiting(draft, index));
  if (waiting === undefined && !hasRoom([...header.inbox, signal])) return refused('tooManySignals');
  header.signalIds = [...header.signalIds, id].slice(-idsKept(graph));
  tell(draft, { event: 'signalled', because: name, by });
  if (waiting !== undefined) giveSignal(draft, waiting, signal);
  else header.inbox = [...header.inbox, signal];
  return applied;
}

/** The oldest kept signal of that name settles the node, if there is one. */
export function takeSignal(draft: Draft, index: number, name: string): void {
  const signal = draft.header.inbox.find((each) => each.name === name);
  if (!signal) return;
  draft.header.inbox = draft.header.inbox.filter((each) => each !== signal);
  giveSignal(draft, index, signal);
}

function giveSignal(draft: Draft, index: number, { id, data }: Signal): void {
  const run = nodeAt(draft, index);
  if (run.state !== 'waiting') return;
  const line = { event: 'succeeded', attempt: run.attempt, because: `signal ${id}` } as const;
  keepResult(draft, index, run, { result: data, resultBytes: jsonBytes(data) }, line);
}

function hasRoom(inbox: readonly Signal[]): boolean {
  const most = limits.signalBytesKept;
  const bytes = inbox.reduce((sum, { data }) => sum + sizeOf(data, most).bytes, 0);
  return inbox.length <= limits.signalsKept && bytes <= most;
}

/** Of every signal that a node has taken or may still take, so that a repeated one is always known. */
function idsKept({ signals }: Graph): number {
  return limits.signalsKept + [...signals.values()].reduce((sum, nodes) => sum + nodes.length, 0);
}

function isWaiting(draft: Draft, index: number): boolean {
  const run = nodeAt(draft, index);
  return run.state === 'waiting' && run.on.kind === 'signal';
}
