/** What was counted in one slot of time. How long a slot is and what its counts mean is the business of whoever counts. */
export interface SlotCount {
  readonly slot: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** The sums of both, in the order of the slots, without those before `from`. */
export function addSlots(
  before: readonly SlotCount[],
  added: readonly SlotCount[],
  from: number,
): readonly SlotCount[] {
  const sums = new Map<number, Map<string, number>>();
  for (const { slot, counts } of [...before, ...added]) {
    if (slot < from) continue;
    const sum = sums.get(slot) ?? new Map<string, number>();
    sums.set(slot, sum);
    for (const [key, count] of Object.entries(counts)) sum.set(key, (sum.get(key) ?? 0) + count);
  }
  return [...sums]
    .sort(([one], [other]) => one - other)
    .map(([slot, sum]) => ({ slot, counts: Object.fromEntries(sum) }));
}
