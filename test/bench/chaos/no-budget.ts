/**
 * So many retries for each first attempt that none ever waits for its target's budget: it protects a target that is down, and here a target
 * that fails by chance is asked again as often as that takes.
 */
export const noBudget = { BREAKWATER_RETRY_BUDGET_SHARE: '100' } as const;
