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
  /** When nothing was granted: after so long one token will be there, if nobody else takes it. */
  readonly retryInMs: number;
}

/**
 * Token buckets that a whole fleet shares: over any span of t seconds at most `burst + perSecond * t` tokens are given. Atomic for each
 * bucket, by the clock of the store. A bucket that was lost begins empty, not full. Failures of the world reject with a CodedError.
 */
export interface TokenBuckets {
  take(wishes: readonly TokenWish[]): Promise<readonly TokenAnswer[]>;
}
