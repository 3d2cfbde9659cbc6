import { type Draft, tell } from './draft.ts';
import { applied, refused, repeated, type SignalEvent, type Verdict } from './event.ts';
import { limits } from './limits.ts';
import { nodeAt } from './nodes.ts';
import { pastOf, settle } from './settle-node.ts';

/** One signal lets one node go on: the first in the spec's order that waits for its name. It is kept when none waits yet. */
export function receiveSignal(draft: Draft, { id, name, data, by }: SignalEvent): Verdict {
  const { header } = draft;
  if (header.signalIds.includes(id)) return repeated;
  if (header.inbox.length >= limits.signalsKept) return refused('tooManySignals');
  header.signalIds = [...header.signalIds, id].slice(-limits.signalsKept);
  header.inbox = [...header.inbox, { id, name, data, at: draft.now }];
  tell(draft, { event: 'signalled', because: name, by });
  const waiting = draft.graph.signals.get(name)?.find((index) => isWaiting(draft, index));
  if (waiting !== undefined) takeSignal(draft, waiting, name);
  return applied;
}

/** The oldest kept signal of that name settles the node, if there is one. */
export function takeSignal(draft: Draft, index: number, name: string): void {
  const run = nodeAt(draft, index);
  const signal = draft.header.inbox.find((each) => each.name === name);
  if (!signal || run.state !== 'waiting') return;
  draft.header.inbox = draft.header.inbox.filter((each) => each !== signal);
  const line = { event: 'succeeded', attempt: run.attempt, because: `signal ${signal.id}` } as const;
  settle(draft, index, { state: 'succeeded', ...pastOf(run), result: signal.data }, line);
}

function isWaiting(draft: Draft, index: number): boolean {
  const run = nodeAt(draft, index);
  return run.state === 'waiting' && run.on.kind === 'signal';
}
