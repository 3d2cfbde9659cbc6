import { type Failure, knownRetryable, statusOf } from '../retry/index.ts';
import type { BreakerOutcome } from './breaker.ts';
import { isOfOurs } from './of-ours.ts';

/**
 * What a failed call says of its target. A refusal that would be the same again (a 404, say) is an answer: the target is well. What failed on
 * our side, was full or was called off says nothing. All else is a failure of the target.
 */
export function callVerdict(failure: Failure): BreakerOutcome {
  if (isOfOurs(failure.code)) return 'unheard';
  const known = failure.retryable ?? knownRetryable(failure);
  if (known !== false) return 'failed';
  return statusOf(failure) === undefined ? 'unheard' : 'succeeded';
}
