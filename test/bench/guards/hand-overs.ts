/**
 * How long each permit was nobody's while somebody waited for one, from times in order: as many grants as there are permits come first, then each follows
 * a release. Which release is unknown and makes no difference to the sum; the first that is not yet followed is taken.
 */
export function handOversOf(granted: readonly number[], released: readonly number[], limit: number): readonly number[] {
  return granted.slice(limit).map((at, turn) => at - released[turn]!);
}
