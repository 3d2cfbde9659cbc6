/** What a job tells of itself: the report of a run with its critical path, how far it is, and what it costs. */
export { assumptions, billOf, type JobBill } from './bill.ts';
export { type CloudUse, type Cost, costOf } from './cost.ts';
export type { JobUse, WriteKind } from './job-use.ts';
export { type PriceList, priceLists } from './prices.ts';
export { type Estimate, type JobProgress, progressOf } from './progress.ts';
export type { Range } from './range.ts';
export { type JobReport, measuredMsOf, type NodeReport, reportOf } from './report.ts';
