import type { SlotCount } from '../slots/index.ts';

/** A minute slides on in slots: a finer one would be written more often, a coarser one would jump. */
export const budgetWindow = { slotMs: 10_000, slots: 6 } as const;

/** What is counted of a target. `over` are retries that had to wait; `succeeded` and `failed` are answers, of first attempts and of retries. */
export type BudgetCounts = Readonly<Record<'first' | 'retries' | 'over' | 'succeeded' | 'failed', number>>;

export const noCounts: BudgetCounts = { first: 0, retries: 0, over: 0, succeeded: 0, failed: 0 };

const keys = Object.keys(noCounts) as (keyof BudgetCounts)[];

export const budgetSlotOf = (at: number): number => Math.floor(at / budgetWindow.slotMs);

/** The first slot of the window that ends now: it holds between 50 and 60 seconds. */
export const budgetFrom = (now: number): number => budgetSlotOf(now) - budgetWindow.slots + 1;

export function sumBudget(slots: readonly SlotCount[], from: number): BudgetCounts {
  const sum = { ...noCounts };
  for (const { slot, counts } of slots) {
    if (slot < from) continue;
    for (const key of keys) sum[key] += counts[key] ?? 0;
  }
  return sum;
}
