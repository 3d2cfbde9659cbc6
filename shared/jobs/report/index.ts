/** What a job tells of itself: the report of a run with its critical path, and how far it is. */
export { type Estimate, type JobProgress, progressOf } from './progress.ts';
export { type JobReport, measuredMsOf, type NodeReport, reportOf } from './report.ts';
