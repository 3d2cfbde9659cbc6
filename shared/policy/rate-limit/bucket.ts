export interface BucketRules {
  /** Tokens that come in, in each second. */
  readonly perSecond: number;
  /** Tokens that it holds at most; at least 1. */
  readonly burst: number;
}

/** As it was at a time; what has come in since is reckoned when it is asked. */
export interface TokenBucket {
  readonly tokens: number;
  readonly at: number;
}

export interface TakenTokens {
  readonly bucket: TokenBucket;
  readonly granted: number;
  /** When less was granted than was wished for: after so long the next token is there. */
  readonly retryInMs: number;
}

/** Nobody knows what was taken from a bucket that was lost, so the new one begins without anything. */
export function emptyBucket(at: number): TokenBucket {
  return { tokens: 0, at };
}

/** Gives what is there, up to `wanted`. A time that runs backwards brings no tokens, and takes none. */
export function takeTokens(bucket: TokenBucket, rules: BucketRules, wanted: number, now: number): TakenTokens {
  const at = Math.max(now, bucket.at);
  const tokens = Math.min(rules.burst, bucket.tokens + ((at - bucket.at) * rules.perSecond) / 1_000);
  const granted = Math.min(wanted, Math.floor(tokens));
  const left = tokens - granted;
  const retryInMs = granted < wanted ? ((1 - left) * 1_000) / rules.perSecond : 0;
  return { bucket: { tokens: left, at }, granted, retryInMs };
}
