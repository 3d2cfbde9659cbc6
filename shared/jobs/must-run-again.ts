import { compensatedIn, isCompensated } from './compensation.ts';
import { componentsOf } from './cycles.ts';
import type { Draft } from './draft.ts';
import { isAbsorbed } from './end-job.ts';
import { itemsOf, nodeAt, nodeIdAt } from './nodes.ts';
import type { ChoiceNode, MapNode } from './spec.ts';
import { referencesIn } from './template/reference.ts';

/** What shall be run again, as indices. A node that is blocked is never among them: it has not run. */
export interface Again {
  /** Nodes and items. */
  readonly nodes: ReadonlySet<number>;
  /** Maps among them that make their list anew; the others go on with the items that they have. */
  readonly anew: ReadonlySet<number>;
}

/** Why there is a reason to run a node again, whatever became of the rest; what follows from it for others is found here. */
export type Reason =
  /** It alone is missing, and what was skipped since it did not succeed. */
  | 'open'
  /** As `open`, and a map makes its list anew. */
  | 'fresh'
  /** It shall have another result: what is built on it is void. A map goes on with its items. */
  | 'redo'
  /** Its result is worth nothing, nor are those that are built on it. A map makes its list anew. */
  | 'void';

export interface Reasons {
  of(node: number): Reason | undefined;
  /** Whether an item that has not failed or been cancelled runs again with its map. */
  ofItem(item: number): boolean;
}

/** Dependencies first, so that every node's are known when it is its turn. */
export function mustRunAgain(draft: Draft, reasons: Reasons): Again {
  const { dependencies } = draft.graph;
  const nodes = new Set<number>();
  const anew = new Set<number>();
  const isOnVoid = new Set<number>();
  const takenBack = compensatedIn(draft);
  for (const node of componentsOf(dependencies).order) {
    const isPassedOver = whoChoseAway(draft, node, nodes) !== undefined;
    const isBuiltOnVoid = !isPassedOver && dependencies[node]!.some((each) => isOnVoid.has(each));
    const asked = reasons.of(node);
    const wanted = takenBack.has(node) && asked !== 'void' ? 'redo' : asked;
    const follows = () => (!isPassedOver && wasSkippedBy(draft, node, nodes) ? 'open' : undefined);
    const reason = isBuiltOnVoid ? 'void' : (wanted ?? follows());
    if (reason === 'void' || reason === 'redo') isOnVoid.add(node);
    if (reason === undefined || nodeAt(draft, node).state === 'blocked') continue;
    nodes.add(node);
    if (reason === 'void' || reason === 'fresh' || isListOf(draft, node, nodes)) anew.add(node);
    else for (const item of openItems(draft, node, reasons)) nodes.add(item);
  }
  return { nodes, anew };
}

/** What keeps a job that has ended from having succeeded: what failed for it, and what was cancelled. */
export function isUnfinished(draft: Draft, node: number): boolean {
  const run = nodeAt(draft, node);
  return run.state === 'cancelled' || (run.state === 'failed' && !isAbsorbed(draft, node));
}

/** The id of a choice that took another way, and will not choose anew. */
export function whoChoseAway(draft: Draft, node: number, again: ReadonlySet<number>): string | undefined {
  const id = nodeIdAt(draft, node);
  const choice = draft.graph.dependencies[node]!.find((each) => {
    const spec = draft.spec.nodes[each]!;
    return spec.type === 'choice' && !again.has(each) && isAway(spec, id, nodeAt(draft, each));
  });
  return choice === undefined ? undefined : nodeIdAt(draft, choice);
}

function isAway(choice: ChoiceNode, id: string, run: ReturnType<typeof nodeAt>): boolean {
  if (run.state !== 'succeeded') return false;
  const { then } = run.result as { readonly then: readonly string[] };
  const isNamed = [...choice.choices.flatMap((each) => each.then), ...(choice.otherwise ?? [])].includes(id);
  return isNamed && !then.includes(id);
}

/** What an operator skipped stays so. */
function wasSkippedBy(draft: Draft, node: number, again: ReadonlySet<number>): boolean {
  const run = nodeAt(draft, node);
  if (run.state !== 'skipped' || run.skippedBy !== undefined) return false;
  return draft.graph.dependencies[node]!.some((each) => again.has(each));
}

/** Whether the list of a map may be another one when these nodes have run again. */
function isListOf(draft: Draft, node: number, again: ReadonlySet<number>): boolean {
  const spec = draft.spec.nodes[node]!;
  if (spec.type !== 'map') return false;
  return referencesIn(spec.over).found.some(({ reference: { root } }) => {
    return 'node' in root && again.has(draft.graph.indexOf.get(root.node) ?? -1);
  });
}

/** Of a map that goes on with its items: those that are to run again. One that may fail has failed for good. */
function openItems(draft: Draft, map: number, { ofItem }: Reasons): number[] {
  const items = itemsOf(draft, map);
  if (!items) return [];
  const mayFail = (draft.spec.nodes[map] as MapNode).node.onFailure === 'continue';
  return Array.from({ length: items.count }, (_, place) => items.first + place).filter((item) => {
    const { state } = nodeAt(draft, item);
    return (
      state === 'cancelled' ||
      (state === 'failed' && !mayFail) ||
      (state !== 'blocked' && (ofItem(item) || isCompensated(draft, item)))
    );
  });
}
