/** How many calls may be under way at a target at once, and who of those that wait goes next. */

export { type AdaptiveLimit, beginLimit, type EndedCall, limitOf, observe } from './adaptive-limit.ts';
export { bulkheadLimits } from './limits.ts';
export { createLine, type Line, type LineRules, rankOf } from './line.ts';
export { tellsOverload } from './overload.ts';
export { type BulkheadPresets, bulkheadPresets } from './presets.ts';
export { type BulkheadFault, type ResolvedBulkhead, resolveBulkheadSpec } from './resolve.ts';
export { addServiceTime, expectedServiceMs, noServiceTime, type ServiceTime } from './service-time.ts';
export { shareAt, shareOf, shareOfCount } from './share.ts';
export {
  type BulkheadRules,
  type BulkheadSpec,
  defaultBulkheadRules,
  type LimitBounds,
  type PriorityClass,
  priorityClasses,
} from './spec.ts';
export type { DropReason, Waiter, Wish } from './waiter.ts';
