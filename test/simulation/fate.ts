import type { Json } from '../../shared/core/json.ts';

/** What a target does with a node's attempts: settled beforehand, so that the outcome of a job is known beforehand. */
export interface Fate {
  /** What becomes of it once it stumbles no more: `fails` is worth a retry each time, `isFatal` is not. */
  readonly ends: 'succeeds' | 'fails' | 'isFatal';
  /** So many first attempts fail, or never answer. */
  readonly stumbles: number;
  readonly stumblesBy: 'failing' | 'hanging';
  /** How long the work takes, and how long after it the callback comes. */
  readonly ms: number;
  readonly callbackMs: number;
  /** What conditions look at. */
  readonly value: number;
  /** How long the list in its result is. */
  readonly rows: number;
}

export type Said =
  | { readonly kind: 'succeeded'; readonly result: Json }
  | {
      readonly kind: 'failed';
      readonly failure: {
        code: string;
        message: string;
        retryable?: boolean;
        retryAfterMs?: number;
        details: Json;
      };
    };

/** What the target says of this attempt; undefined when it never answers. */
export function sayOf(fate: Fate, nodeId: string, attempt: number): Said | undefined {
  const stumbles = attempt <= fate.stumbles;
  if (stumbles && fate.stumblesBy === 'hanging') return undefined;
  if (!stumbles && fate.ends === 'succeeds') {
    const rows = Array.from({ length: fate.rows }, (_, row) => row);
    return { kind: 'succeeded', result: { node: nodeId, attempt, value: fate.value, rows } };
  }
  const fatal = !stumbles && fate.ends === 'isFatal';
  const failure = { code: fatal ? 'bad_order' : 'busy', message: `attempt ${attempt}`, details: { attempt } };
  const asksForTime = !fatal && fate.value === 1;
  return {
    kind: 'failed',
    failure: { ...failure, ...(fatal && { retryable: false }), ...(asksForTime && { retryAfterMs: 1_500 }) },
  };
}
