import { componentsOf, type Edges } from '../cycles.ts';

export interface Question {
  readonly node: number;
  readonly earlier: number;
}

/**
 * For each question whether `earlier` comes before `node` by way of dependencies. The whole closure of a large graph would be too
 * much, so 32 nodes at a time send a bit each along the edges, and only over the stretch of the order that is asked about.
 */
export function comesBefore(dependencies: Edges, questions: readonly Question[]): boolean[] {
  const answers: boolean[] = questions.map(({ node, earlier }) => dependencies[node]!.includes(earlier));
  const open = questions.flatMap((question, place) => (answers[place] ? [] : [{ ...question, place }]));
  if (open.length === 0) return answers;

  const { order, componentOf } = componentsOf(dependencies);
  const places = new Int32Array(order.length);
  for (const [place, node] of order.entries()) places[node] = place;
  open.sort((a, b) => places[a.earlier]! - places[b.earlier]!);

  const masks = new Int32Array(order.length);
  const bits = new Int32Array(order.length);
  for (let start = 0; start < open.length; ) {
    const batch: (Question & { place: number })[] = [];
    let count = 0;
    for (; start < open.length; start++) {
      const question = open[start]!;
      if (bits[question.earlier] === 0) {
        if (count === 32) break;
        bits[question.earlier] = 1 << count++;
      }
      batch.push(question);
    }
    const stretch = stretchOf(batch, places, order, componentOf);
    spreadBits(stretch, dependencies, componentOf, bits, masks);
    for (const { node, earlier, place } of batch) answers[place] = (masks[componentOf[node]!]! & bits[earlier]!) !== 0;
    for (const { earlier } of batch) bits[earlier] = 0;
    for (const node of stretch) masks[componentOf[node]!] = 0;
  }
  return answers;
}

/** From the first node that is asked for to the last that asks, with the whole of their components. */
function stretchOf(
  batch: readonly Question[],
  places: Int32Array,
  order: readonly number[],
  componentOf: Int32Array,
): readonly number[] {
  let first = order.length - 1;
  let last = 0;
  for (const { node, earlier } of batch) {
    first = Math.min(first, places[earlier]!);
    last = Math.max(last, places[node]!);
  }
  while (first > 0 && componentOf[order[first - 1]!] === componentOf[order[first]!]) first--;
  while (last + 1 < order.length && componentOf[order[last + 1]!] === componentOf[order[last]!]) last++;
  return order.slice(first, last + 1);
}

/** A component's mask has the bits of everything before it, and of its own nodes when it is a knot of cycles. */
function spreadBits(
  stretch: readonly number[],
  dependencies: Edges,
  componentOf: Int32Array,
  bits: Int32Array,
  masks: Int32Array,
): void {
  for (const node of stretch) {
    const component = componentOf[node]!;
    for (const dependency of dependencies[node]!)
      masks[component]! |= masks[componentOf[dependency]!]! | bits[dependency]!;
  }
}
