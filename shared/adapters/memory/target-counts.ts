import { addSlots, type SlotCount, slotLimits } from '../../policy/slots/index.ts';
import type { TargetCounts } from '../../ports/index.ts';

/** Counts in memory: gone with the process, and everything else as promised. */
export function createMemoryTargetCounts(): TargetCounts {
  const kept = new Map<string, readonly SlotCount[]>();
  return {
    async add(name, counts, from) {
      const sums = addSlots(kept.get(name) ?? [], counts, from);
      // The last one to be added to stands last.
      kept.delete(name);
      if (sums.length > 0) kept.set(name, sums);
      if (kept.size > slotLimits.names) kept.delete(kept.keys().next().value!);
      return sums;
    },
  };
}
