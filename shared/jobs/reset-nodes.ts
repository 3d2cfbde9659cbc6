import { jsonBytes } from '../core/json.ts';
import { dropCheckpoints } from './checkpoint.ts';
import { type Draft, put, putDerived, tell } from './draft.ts';
import { stopWork } from './end-job.ts';
import { graphOf } from './graph.ts';
import type { NodeRun } from './job.ts';
import { joinVerdict } from './join.ts';
import { resumeItems } from './map-items.ts';
import { type Again, whoChoseAway } from './must-run-again.ts';
import { itemAt, itemsOf, nodeAt, nodeSpecAt } from './nodes.ts';
import { attemptsOf, neverStarted, pastOf, skip } from './settle-node.ts';
import type { JobSpec } from './spec.ts';
import { isSettled } from './states.ts';

/**
 * Nodes become as they were before they ran: blocked, with all attempts before them, but with the numbers of those they made, so that
 * what an old executor says is still known as old (J2). Those whose dependencies have settled may start, or are skipped, within the same event.
 * What they did, they did under the spec that they had; with `spec` they start under that one, as does whatever has not run.
 */
export function resetNodes(draft: Draft, { nodes, anew }: Again, spec?: JobSpec): void {
  for (const node of nodes) if (anew.has(node)) giveUpItems(draft, node);
  for (const node of nodes) resetNode(draft, node);
  dropCheckpoints(draft, nodes, 'a result that it had kept is made again');
  if (spec) {
    draft.spec = spec;
    draft.graph = graphOf(spec);
  }
  const open = spec ? spec.nodes.keys() : [...nodes].filter((node) => !itemAt(draft, node));
  const blocked = [...open].filter((node) => nodeAt(draft, node).state === 'blocked');
  recountAround(draft, blocked);
  // Before its start a job lets nobody in.
  if (draft.header.startedAt === undefined) return;
  for (const node of blocked) reenter(draft, node);
  for (const map of mapsOf(draft, nodes)) resumeItems(draft, map);
}

function resetNode(draft: Draft, node: number): void {
  const run = nodeAt(draft, node);
  if (run.state === 'blocked') return;
  const isMapAtWork = run.state === 'waiting' && run.on.kind === 'items' && itemsOf(draft, node) !== undefined;
  if (isMapAtWork) return;
  stopWork(draft, node, run);
  freeResult(draft, node, run);
  const lastAttempt = attemptsOf(run);
  const redoAfter = run.state === 'succeeded' ? lastAttempt : run.redoAfter;
  const kept = {
    ...(lastAttempt > 0 && { lastAttempt }),
    ...(redoAfter !== undefined && { redoAfter }),
    ...(run.recovered && { recovered: run.recovered }),
  };
  put(draft, node, { state: 'blocked', unsettled: 0, succeeded: 0, ...kept });
  tell(draft, { event: 'reset', from: run.state, to: 'blocked', attempt: lastAttempt }, node);
}

/** Its dependencies will have other results: whatever its items did was for a list that is not the one it will work on. */
function giveUpItems(draft: Draft, map: number): void {
  const items = itemsOf(draft, map);
  if (!items) return;
  let lastAttempt = 0;
  for (let item = items.first; item < items.first + items.count; item++) {
    const run = nodeAt(draft, item);
    lastAttempt = Math.max(lastAttempt, attemptsOf(run));
    stopWork(draft, item, run);
    freeResult(draft, item, run);
    const past = run.state === 'blocked' ? neverStarted(draft, item) : pastOf(run);
    put(draft, item, { state: 'cancelled', ...past, endedAt: draft.now });
  }
  const givenUp = { ...items, isGivenUp: true, lastAttempt };
  draft.header.maps = draft.header.maps.map((each) => (each === items ? givenUp : each));
  tell(draft, { event: 'reset', items: items.count, attempt: lastAttempt, because: 'its list is made anew' }, map);
}

/** Results of choices and delays were never counted. */
function freeResult(draft: Draft, node: number, run: NodeRun): void {
  if (run.state !== 'succeeded' || run.result === undefined) return;
  const { type } = nodeSpecAt(draft, node);
  if (type === 'choice' || type === 'delay' || type === 'map') return;
  draft.header.resultBytes = Math.max(0, draft.header.resultBytes - jsonBytes(run.result));
}

/** What blocked nodes know of their dependencies, where these have settled and go on after all. */
export function recountAround(draft: Draft, nodes: readonly number[]): void {
  for (const node of withBlockedDependants(draft, nodes)) recount(draft, node);
}

function withBlockedDependants(draft: Draft, nodes: readonly number[]): ReadonlySet<number> {
  const dependants = nodes.flatMap((node) => draft.graph.dependants[node]!);
  return new Set([...nodes, ...dependants.filter((node) => nodeAt(draft, node).state === 'blocked')]);
}

function recount(draft: Draft, node: number): void {
  const run = nodeAt(draft, node);
  if (run.state !== 'blocked') return;
  const states = draft.graph.dependencies[node]!.map((each) => nodeAt(draft, each).state);
  const unsettled = states.filter((state) => !isSettled(state)).length;
  putDerived(draft, node, { ...run, unsettled, succeeded: states.filter((state) => state === 'succeeded').length });
}

function reenter(draft: Draft, node: number): void {
  const run = nodeAt(draft, node);
  if (run.state !== 'blocked') return;
  const away = whoChoseAway(draft, node, new Set());
  if (away !== undefined) return skip(draft, node, `${away} chose another`);
  const verdict = joinVerdict(draft.spec.nodes[node]!.join, run, draft.graph.dependencies[node]!.length);
  if (verdict === 'start') draft.entering.push(node);
  else if (verdict === 'skip') skip(draft, node, 'its dependencies did not succeed');
}

/** Maps at work that have items among these nodes. */
function mapsOf(draft: Draft, nodes: ReadonlySet<number>): ReadonlySet<number> {
  const maps = [...nodes].flatMap((node) => itemAt(draft, node)?.map ?? []);
  return new Set(maps.filter((map) => nodeAt(draft, map).state === 'waiting'));
}
