/** One instance's wish for tokens of one bucket. */
export interface TokenWish {
  readonly bucket: string;
  /** Tokens a second that come in, and tokens that it holds at most. */
  readonly perSecond: number;
  readonly burst: number;
  readonly tokens: number;
}

export interface TokenAnswer {
  /** From none to all that were wished for. */
  readonly granted: number;
  /** When less was granted than was wished for: after so long the next token will be there, if nobody else takes it. Else 0. */
  readonly retryInMs: number;
}

/**
 * Token buckets that a whole fleet shares: over any span of t seconds at most `burst + perSecond * t` tokens are given. Atomic for each
 * bucket, by the clock of the store. A bucket of which the store knows nothing is as if it had been emptied when the store began, so
 * that a store which lost all it knew gives no burst anew. Failures of the world reject with a CodedError; tokens may be gone then.
 */
export interface TokenBuckets {
  take(wishes: readonly TokenWish[]): Promise<readonly TokenAnswer[]>;
}
