/** An item knows its place in the heap, so that it can be moved or taken out in O(log n). */
export interface HeapItem {
  /** Kept by the heap; -1 when it is in none. */
  place: number;
}

/** The least item first. `isLess` must be a strict order. */
export class Heap<Item extends HeapItem> {
  readonly #items: Item[] = [];
  readonly #isLess: (a: Item, b: Item) => boolean;

  constructor(isLess: (a: Item, b: Item) => boolean) {
    this.#isLess = isLess;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): Item | undefined {
    return this.#items[0];
  }

  /** Puts an item in, or to its right place after its rank has changed. */
  put(item: Item): void {
    if (item.place === -1) {
      item.place = this.#items.length;
      this.#items.push(item);
    }
    this.#rise(item);
    this.#sink(item);
  }

  pop(): Item | undefined {
    const least = this.#items[0];
    if (least) this.remove(least);
    return least;
  }

  remove(item: Item): void {
    if (item.place === -1) return;
    const last = this.#items.pop()!;
    if (last !== item) {
      last.place = item.place;
      this.#items[last.place] = last;
      this.#rise(last);
      this.#sink(last);
    }
    item.place = -1;
  }

  #rise(item: Item): void {
    while (item.place > 0) {
      const parent = this.#items[(item.place - 1) >> 1]!;
      if (!this.#isLess(item, parent)) return;
      this.#swap(parent, item);
    }
  }

  #sink(item: Item): void {
    for (;;) {
      const left = this.#items[2 * item.place + 1];
      if (!left) return;
      const right = this.#items[2 * item.place + 2];
      const child = right && this.#isLess(right, left) ? right : left;
      if (!this.#isLess(child, item)) return;
      this.#swap(item, child);
    }
  }

  #swap(upper: Item, lower: Item): void {
    const place = upper.place;
    this.#items[lower.place] = upper;
    this.#items[place] = lower;
    upper.place = lower.place;
    lower.place = place;
  }
}
