import { isCurrent, isUndone, placeOf } from './compensation.ts';
import { componentsOf } from './cycles.ts';
import type { Draft } from './draft.ts';
import { allUndos, undoAt } from './undos.ts';

/**
 * In which order compensations begin: a node is taken back once all that was built on it has been, by way of nodes that have nothing to
 * take back, too. It follows from the graph backwards, so nothing of it is stored. A map stands for all its items.
 */

/** All that may begin when the rollback has been planned. */
export function firstUndos(draft: Draft): number[] {
  const over = new Set<number>();
  const free: number[] = [];
  for (const place of componentsOf(draft.graph.dependencies).order.toReversed()) {
    if (!draft.graph.dependants[place]!.every((each) => over.has(each))) continue;
    const open = openUndos(draft, place);
    if (open.length === 0) over.add(place);
    else free.push(...open);
  }
  return free;
}

/** Those that may begin since this one is over, which was the last that they waited for. */
export function undosAfter(draft: Draft, undo: number): number[] {
  const place = placeOf(draft, undoAt(draft, undo)!.of);
  const free: number[] = [];
  if (hasOpen(draft, place)) return free;
  const over = new Set([place]);
  const heard = new Set([place]);
  for (const at of heard) {
    for (const dependency of draft.graph.dependencies[at]!) {
      if (heard.has(dependency) || !areOver(draft, draft.graph.dependants[dependency]!, over)) continue;
      const open = openUndos(draft, dependency);
      free.push(...open);
      if (open.length > 0) continue;
      over.add(dependency);
      heard.add(dependency);
    }
  }
  return free;
}

/**
 * Whether these are over, and all that was built on them. What has been compensated has nothing above it any more. The last are looked at first, since
 * work ends in about the order in which it began. What is found to be over is added to `over`.
 */
function areOver(draft: Draft, places: readonly number[], over: Set<number>): boolean {
  const seen = new Set<number>();
  const open = [...places];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (over.has(place) || seen.has(place)) continue;
    if (hasOpen(draft, place)) return false;
    seen.add(place);
    if (!groupsOf(draft).has(place)) for (const dependant of draft.graph.dependants[place]!) open.push(dependant);
  }
  for (const place of seen) over.add(place);
  return true;
}

function hasOpen(draft: Draft, place: number): boolean {
  return (
    groupsOf(draft)
      .get(place)
      ?.findLast((undo) => !isUndone(draft, undo)) !== undefined
  );
}

function openUndos(draft: Draft, place: number): number[] {
  return (
    groupsOf(draft)
      .get(place)
      ?.filter((undo) => !isUndone(draft, undo)) ?? []
  );
}

/** By the node of the spec that they belong to. Each rollback makes `rollbacks` anew, and while it lasts no node succeeds any more. */
type Groups = ReadonlyMap<number, readonly number[]>;
const groups = new WeakMap<object, Groups>();

function groupsOf(draft: Draft): Groups {
  const { rollbacks = [] } = draft.header;
  const known = groups.get(rollbacks);
  if (known) return known;
  const current = [...allUndos(draft).keys()].filter((undo) => isCurrent(draft, undo));
  const made = Map.groupBy(current, (undo) => placeOf(draft, undoAt(draft, undo)!.of));
  groups.set(rollbacks, made);
  return made;
}
