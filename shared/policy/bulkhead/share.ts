/**
 * What an instance may use of a limit when it can ask nobody: by the sorted ids of all instances each gets the floor of its part, and the
 * first ones one more, as far as what remains goes. The shares of all who have the same list add up to the limit, and never to more.
 * Who is not in the list gets nothing, since those who are have all of it.
 */
export function shareOf(limit: number, instance: string, instances: readonly string[]): number {
  const sorted = [...new Set(instances)].sort();
  const place = sorted.indexOf(instance);
  return place === -1 ? 0 : shareAt(limit, place, sorted.length);
}

/** The same by the place (from 0) among so many, for who knows no ids. */
export function shareAt(limit: number, place: number, instances: number): number {
  const floor = shareOfCount(limit, instances);
  return floor + Number(place < limit - floor * instances);
}

/** Where only the number is known, this instance included: all get the floor, and what remains is nobody's. Among more than the limit that is none. */
export function shareOfCount(limit: number, instances: number): number {
  return Math.floor(limit / Math.max(1, instances));
}
