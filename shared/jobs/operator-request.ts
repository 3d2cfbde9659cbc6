import { createHash } from 'node:crypto';
import { assert } from '../core/assert.ts';
import { canonicalJson } from '../core/json.ts';
import type { Draft } from './draft.ts';
import { type JobEvent, refused, repeated, type Verdict } from './event.ts';
import { limits } from './limits.ts';
import { hasNode, nodeIdAt } from './nodes.ts';

/**
 * J9, for what operators ask of a job: a request that came under a key of the caller's own acts once, however often it comes, and the
 * same key with something else is refused. Only what acted is remembered, in the commit in which it acted: a request that was refused may
 * come again under its key. This holds for every event that has the fields of `ByOperator`, and those need do nothing for it.
 */
export function recallRequest(draft: Draft, event: JobEvent): Verdict | undefined {
  const key = keyOf(event);
  const before = key === undefined ? undefined : draft.header.requests?.find((each) => each.key === key);
  if (!before) return undefined;
  return before.asked === askedBy(draft, event) ? repeated : refused('requestKeyReused');
}

/**
 * Of an event that was applied: its key is remembered, and of the lines from `first` on its own one, or the first where others tell of it,
 * says which request it came by.
 */
export function signRequest(draft: Draft, event: JobEvent, first: number): void {
  const key = keyOf(event);
  const reason = 'reason' in event ? event.reason : undefined;
  const trace = 'trace' in event ? event.trace : undefined;
  if (key === undefined && trace === undefined && reason === undefined) return;
  const lines = draft.audit.slice(first);
  const line = lines.find((each) => each.event === event.kind) ?? lines[0];
  assert(line, `job ${draft.id} was changed by ${event.kind} and nothing was told`);
  if (reason !== undefined) line.because = withReason(line.because, reason);
  if (key !== undefined) line.request = key;
  if (trace !== undefined) line.trace = trace;
  if (key === undefined) return;
  const { requests = [], recoveries } = draft.header;
  const session = event.kind === 'recoveryStarted' && recoveries !== undefined ? { session: recoveries } : {};
  draft.header.requests = [...requests, { key, asked: askedBy(draft, event), ...session }].slice(-limits.requestsKept);
}

/** Behind what the event says of itself, unless that says it already. */
function withReason(because: string | undefined, reason: string): string {
  if (because === undefined) return reason;
  return because.includes(reason) ? because : `${because}: ${reason}`;
}

function keyOf(event: JobEvent): string | undefined {
  return 'request' in event ? event.request : undefined;
}

/** What was asked for, and not who asked or by which call, nor what was found or drawn for it. 66 bits of SHA-256: keys do not meet by chance. */
function askedBy(draft: Draft, event: JobEvent): string {
  const content = Object.entries(wishOf(event) ?? { ...event, ...nodesOf(draft, event) }).filter(
    ([field]) => !besides.has(field),
  );
  return createHash('sha256')
    .update(canonicalJson(Object.fromEntries(content)))
    .digest('base64url')
    .slice(0, 11);
}

/** Where the event was made of a wish, that is what was asked for: the same wish may come to another event when it comes again. */
function wishOf(event: JobEvent): object | undefined {
  if (event.kind !== 'recoveryStarted' || event.wish === undefined) return undefined;
  return { kind: event.kind, wish: event.wish };
}

/** By their ids: an item has another index when its map has made its list anew. */
function nodesOf(draft: Draft, event: JobEvent): object {
  const idOf = (node: number) => (hasNode(draft, node) ? nodeIdAt(draft, node).replace(/\]~\d+$/, ']') : node);
  if ('node' in event) return { node: idOf(event.node) };
  const namesNodes = event.kind === 'redriven' || event.kind === 'recoveryStarted' || event.kind === 'recoveryAnswered';
  return namesNodes && event.nodes ? { nodes: event.nodes.map(idOf) } : {};
}

const besides: ReadonlySet<string> = new Set(['by', 'request', 'trace', 'finding', 'chance']);
