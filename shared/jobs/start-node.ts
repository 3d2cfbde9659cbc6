import { parseDuration } from '../core/duration.ts';
import type { Json } from '../core/json.ts';
import type { Draft } from './draft.ts';
import { limits } from './limits.ts';
import { addItems, restartItems } from './map-items.ts';
import { itemsOf, nodeSpecAt } from './nodes.ts';
import { makeReady, wait } from './ready-node.ts';
import { scopeAt } from './scope.ts';
import { failAtStart, neverStarted, settle, skip, startedNow } from './settle-node.ts';
import { takeSignal } from './signal-node.ts';
import type { ChoiceNode, DelayNode, MapNode, SignalNode } from './spec.ts';
import { evaluate } from './template/condition.ts';
import { type Filled, fillTemplate, whyNot } from './template/reference.ts';

/** The node may start: its dependencies have settled as its join rule asks, or its map lets the item go. */
export function enterNode(draft: Draft, index: number): void {
  const node = nodeSpecAt(draft, index);
  if (node.when && !evaluate(node.when, scopeAt(draft, index))) return skip(draft, index, 'its condition is false');
  switch (node.type) {
    case 'http':
    case 'pubsub':
    case 'function':
    case 'job':
      return makeReady(draft, index, { ...neverStarted(draft, index), lost: false }, { event: 'unblocked' });
    case 'delay':
      return startDelay(draft, index, node.delay);
    case 'signal':
      return startSignal(draft, index, node);
    case 'choice':
      return choose(draft, index, node);
    case 'map':
      return startMap(draft, index, node);
  }
}

function startDelay(draft: Draft, index: number, delay: DelayNode['delay']): void {
  const past = startedNow(draft, neverStarted(draft, index));
  const ms = delayMsOf(fillTemplate(delay, scopeAt(draft, index)));
  if (typeof ms === 'string') return failAtStart(draft, index, past, 'bad_delay', ms);
  wait(draft, index, past, { kind: 'time', until: draft.now + ms }, { event: 'unblocked', attempt: past.attempt });
}

function startSignal(draft: Draft, index: number, node: SignalNode): void {
  const past = startedNow(draft, neverStarted(draft, index));
  const name = node.signal ?? node.id;
  wait(draft, index, past, { kind: 'signal', name }, { event: 'unblocked', attempt: past.attempt });
  takeSignal(draft, index, name);
}

/** The first true condition wins; what only the others name is skipped. */
function choose(draft: Draft, index: number, node: ChoiceNode): void {
  const past = startedNow(draft, neverStarted(draft, index));
  const scope = scopeAt(draft, index);
  const found = node.choices.findIndex(({ when }) => evaluate(when, scope));
  const then = found < 0 ? (node.otherwise ?? []) : node.choices[found]!.then;
  const branch = found < 0 ? 'otherwise' : (node.choices[found]!.name ?? String(found));
  const line = { event: 'succeeded', attempt: past.attempt, because: `chose ${branch}` } as const;
  settle(draft, index, { state: 'succeeded', ...past, result: { branch, then } }, line);
  const named = new Set([...node.choices.flatMap((choice) => choice.then), ...(node.otherwise ?? [])]);
  for (const id of named)
    if (!then.includes(id)) skip(draft, draft.graph.indexOf.get(id)!, `${node.id} chose ${branch}`);
}

function startMap(draft: Draft, index: number, node: MapNode): void {
  const past = startedNow(draft, neverStarted(draft, index));
  if (itemsOf(draft, index)) return restartItems(draft, index, past);
  const list = fillTemplate(node.over, scopeAt(draft, index));
  if (list.kind !== 'filled') return failAtStart(draft, index, past, 'bad_list', `over: ${whyNot(list)}`);
  if (Array.isArray(list.value)) return addItems(draft, index, node, list.value.length, past);
  failAtStart(draft, index, past, 'bad_list', `over is no list but ${kindOf(list.value)}`);
}

function delayMsOf(delay: Filled): number | string {
  if (delay.kind !== 'filled') return `delay: ${whyNot(delay)}`;
  const ms = typeof delay.value === 'string' ? parseDuration(delay.value) : delay.value;
  if (typeof ms !== 'number' || !(ms >= 0)) {
    return `delay is neither milliseconds nor a duration such as 90s but ${kindOf(delay.value)}`;
  }
  return ms <= limits.delayMs ? ms : `delay of ${ms} ms is longer than a year`;
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : JSON.stringify(value).slice(0, 80);
}
