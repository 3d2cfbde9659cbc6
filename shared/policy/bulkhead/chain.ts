/** An item's place in a chain. It is kept by whoever may take the item out early, in O(1). */
export interface Link<Item> {
  readonly item: Item;
  before: Link<Item> | undefined;
  after: Link<Item> | undefined;
}

/** A list that is added to at its end, looked at from its front, and taken from anywhere. */
export class Chain<Item> {
  #first: Link<Item> | undefined;
  #last: Link<Item> | undefined;

  get first(): Item | undefined {
    return this.#first?.item;
  }

  add(item: Item): Link<Item> {
    const link: Link<Item> = { item, before: this.#last, after: undefined };
    if (this.#last) this.#last.after = link;
    else this.#first = link;
    this.#last = link;
    return link;
  }

  /** Once for each link. */
  remove({ before, after }: Link<Item>): void {
    if (before) before.after = after;
    else this.#first = after;
    if (after) after.before = before;
    else this.#last = before;
  }
}
