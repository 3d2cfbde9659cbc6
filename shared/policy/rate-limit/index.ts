/** How many calls a target is sent in a time, by the whole fleet together: a bucket into which tokens drip, and out of which each call takes one. */
export { type BucketRules, emptyBucket, type TakenTokens, type TokenBucket, takeTokens } from './bucket.ts';
export { type RateLimitRules, type RateLimitSpec, rateLimitFaults, rateLimitRules, shareOf } from './spec.ts';
export { tokensAhead } from './tokens-ahead.ts';
