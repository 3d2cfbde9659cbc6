/** Names looked at for one suggestion: a document with many faults must not cost many times its size. */
const candidatesMax = 5_000;
/** A third of a short name may be wrong, and no more than this of a long one. */
const editsMax = 2;

/** `; did you mean `extract`?` when a known name is a slip of the keyboard away, otherwise nothing. */
export function didYouMean(given: string, known: Iterable<string>): string {
  let best: string | undefined;
  let fewest = Math.min(editsMax, Math.ceil((given.length - 1) / 3)) + 1;
  let looked = 0;
  for (const name of known) {
    if (++looked > candidatesMax) break;
    if (Math.abs(name.length - given.length) >= fewest) continue;
    const edits = editsBetween(given.toLowerCase(), name.toLowerCase(), fewest);
    if (edits >= fewest) continue;
    best = name;
    fewest = edits;
  }
  return best === undefined ? '' : `; did you mean \`${best}\`?`;
}

/** Letters to insert, drop, replace or swap with their neighbour (optimal string alignment); at least `enough` when it is that many. */
function editsBetween(one: string, other: string, enough: number): number {
  let previous: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, place) => place);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const change = row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1, isSwap ? previous[j - 2]! + 1 : enough));
    }
    if (Math.min(...next) >= enough && Math.min(...row) >= enough) return enough;
    previous = row;
    row = next;
  }
  return row[other.length]!;
}
