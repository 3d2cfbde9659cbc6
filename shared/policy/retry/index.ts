/**
 * Whether and when a failed attempt is made again. Pure: the failure, the counts so far and one number of chance go in,
 * a verdict comes out. Strategies live in one table; a new one is one entry there.
 */
export type { Failure, RetryPolicy, RetryVerdict } from './retry.ts';
export { decideRetry, defaultRetryPolicy, isOfExecutor, mayRunTwice } from './retry.ts';
