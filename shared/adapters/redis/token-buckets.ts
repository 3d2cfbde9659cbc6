import { CodedError } from '../../core/error.ts';
import type { TokenAnswer, TokenBuckets, TokenWish } from '../../ports/index.ts';
import type { RedisLink } from './connect.ts';
import { takeTokensScript } from './token-bucket-script.ts';

/** Buckets in Redis. Each is one key, which is gone some time after nobody has asked for it; those that are asked together go out together. */
export function createRedisTokenBuckets(link: RedisLink, prefix = 'breakwater'): TokenBuckets {
  async function takeOne({ bucket, perSecond, burst, tokens }: TokenWish): Promise<TokenAnswer> {
    const answer = await link.run(takeTokensScript, [`${prefix}:{r/${bucket}}:tokens`], [perSecond, burst, tokens]);
    if (!Array.isArray(answer) || answer.length !== 2)
      throw new CodedError('redis_unavailable', `Redis answers no tokens of \`${bucket}\`: ${JSON.stringify(answer)}`);
    return { granted: Number(answer[0]), retryInMs: Number(answer[1]) / 1_000 };
  }

  return { take: (wishes) => Promise.all(wishes.map(takeOne)) };
}
