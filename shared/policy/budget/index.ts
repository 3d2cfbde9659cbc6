/** How many retries a target is given beside its first attempts, so that retries can't drown a target that is sick. */
export {
  type BudgetRules,
  type BudgetUse,
  type BudgetVerdict,
  decideBudget,
  defaultBudgetRules,
  isOut,
  type OverBudget,
  outageRules,
  tellOverBudget,
} from './budget.ts';
export { type BudgetCounts, budgetFrom, budgetSlotOf, budgetWindow, noCounts, sumBudget } from './window.ts';
