import type { JobHeader, UndoneNodes } from './job.ts';

/**
 * Which nodes are compensations, and of what: that follows from `header.rollbacks` alone. A compensation belongs to one success of its
 * node, which the attempt names: a node that runs again and succeeds again has another one.
 */
export interface Undo {
  /** Index of the node that is compensated. */
  readonly of: number;
  /** The attempt that it succeeded with. */
  readonly attempt: number;
  /**
   * 1 for the first compensation of what has this name, 2 for that of its next success. The items of a map that made its list anew have the
   * names of those before them.
   */
  readonly ordinal: number;
}

type Rolled = Pick<JobHeader, 'rollbacks' | 'maps'>;

/** Undefined for a node that is no compensation. */
export function undoAt({ header }: { readonly header: Rolled }, index: number): Undo | undefined {
  return header.rollbacks && tableOf(header, header.rollbacks).undos.get(index);
}

/** The compensations that a node has had, oldest first. */
export function undosOf({ header }: { readonly header: Rolled }, node: number): readonly number[] {
  return (header.rollbacks && tableOf(header, header.rollbacks).ofNode.get(node)) ?? [];
}

/** All compensations, by their index. */
export function allUndos({ header }: { readonly header: Rolled }): ReadonlyMap<number, Undo> {
  return header.rollbacks ? tableOf(header, header.rollbacks).undos : none;
}

/** The compensations of what has this name, oldest first: of a node of the spec, or of the item at this place of a map. */
export function undosNamed({ header }: { readonly header: Rolled }, node: number, place?: number): readonly number[] {
  return (header.rollbacks && tableOf(header, header.rollbacks).named.get(nameOf(node, place))) ?? [];
}

interface Table {
  readonly undos: ReadonlyMap<number, Undo>;
  readonly ofNode: ReadonlyMap<number, readonly number[]>;
  readonly named: ReadonlyMap<string, readonly number[]>;
}

const none: ReadonlyMap<number, Undo> = new Map();
const tables = new WeakMap<readonly UndoneNodes[], Table>();

function tableOf({ maps }: Rolled, rollbacks: readonly UndoneNodes[]): Table {
  const known = tables.get(rollbacks);
  if (known) return known;
  const undos = new Map<number, Undo>();
  const ofNode = new Map<number, number[]>();
  const named = new Map<string, number[]>();
  for (const { first, spans } of rollbacks) {
    let index = first;
    for (const [node, count, attempt] of spans) {
      for (let of = node; of < node + count; of++) {
        const items = maps.findLast((each) => each.first <= of && of < each.first + each.count);
        const ordinal = add(named, items ? nameOf(items.node, of - items.first) : nameOf(of), index);
        add(ofNode, of, index);
        undos.set(index++, { of, attempt, ordinal });
      }
    }
  }
  const table = { undos, ofNode, named };
  tables.set(rollbacks, table);
  return table;
}

function nameOf(node: number, place?: number): string {
  return place === undefined ? String(node) : `${node}[${place}]`;
}

/** How many there are with it. */
function add<Key>(lists: Map<Key, number[]>, key: Key, index: number): number {
  const list = lists.get(key);
  if (list) return list.push(index);
  lists.set(key, [index]);
  return 1;
}
