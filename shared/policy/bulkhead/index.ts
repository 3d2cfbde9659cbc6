/** How many calls may be under way at a target at once, and who of those that wait goes next. */
export { type BulkheadSpec, type PriorityClass, priorityClasses } from './spec.ts';
