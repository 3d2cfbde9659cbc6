import { codeOf } from '../../core/error.ts';
import type { BreakerOutcome } from './breaker.ts';
import { isOfOurs } from './of-ours.ts';

/** What a call says of its target. */
export type CallClass = 'failure' | 'success' | 'ignored';

export type EndedCall =
  | { readonly kind: 'returned'; readonly value: unknown; readonly tookMs: number }
  | { readonly kind: 'threw'; readonly error: unknown; readonly tookMs: number };

/** Who calls knows best: an answer may be a failure (`{ status: 503 }`), and an exception none (`NotFound`). */
export type Classify = (ended: EndedCall) => CallClass;

/**
 * Whatever is thrown is a failure, and whatever is returned a success, unless `classify` says otherwise. Calls that were called off, and
 * refusals for want of room on our side, never count: nobody is asked about them. A `classify` that throws has said nothing, so
 * the rule without it holds.
 */
export function outcomeOf(ended: EndedCall, classify?: Classify): BreakerOutcome {
  if (ended.kind === 'threw' && isOfOurs(codeOf(ended.error))) return 'unheard';
  const unlessSaid = ended.kind === 'threw' ? 'failure' : 'success';
  return outcomes[classify === undefined ? unlessSaid : (asked(classify, ended) ?? unlessSaid)];
}

const outcomes: Readonly<Record<CallClass, BreakerOutcome>> = {
  failure: 'failed',
  success: 'succeeded',
  ignored: 'unheard',
};

function asked(classify: Classify, ended: EndedCall): CallClass | undefined {
  try {
    const said = classify(ended);
    return Object.hasOwn(outcomes, said) ? said : undefined;
  } catch {
    return undefined;
  }
}
