import { codeOf } from '../../core/error.ts';
import type { Guarded, Refusal, RefusalReason } from './refusal.ts';

/**
 * What there can be something else for. `timedOut`: the call was made and took too long; `failed`: it threw anything else. Who has given up a
 * call wants nothing instead.
 */
export type FallbackKind = Exclude<RefusalReason, 'cancelled'> | 'timedOut' | 'failed';

/** What went wrong: the refusal, or what was thrown. */
export type FellOver = Refusal | { readonly kind: 'failed'; readonly thrown: unknown };

/** A value, or a function that makes one. */
type Instead<Value> = Value | ((why: FellOver) => Value | Promise<Value>);

/** What to answer instead, by what went wrong. Without `otherwise` all that is not named is answered as it is without a fallback. */
export type Fallback<Value> = { readonly [Kind in FallbackKind | 'otherwise']?: Instead<Value> };

export const fallbackKinds: readonly FallbackKind[] = [
  'deadlinePassed',
  'rateLimited',
  'bulkheadFull',
  'breakerOpen',
  'timedOut',
  'failed',
];

/** The answer of a fallback, and what it stands for. */
export interface FellBack<Value> {
  readonly kind: 'fellBack';
  readonly value: Value;
  readonly because: FallbackKind;
}

const timeouts: ReadonlySet<string> = new Set(['timeout', 'deadline_passed']);

export async function fallBack<Value, Fallen>(
  answer: Promise<Guarded<Value>>,
  fallback: Fallback<Fallen>,
  signal: AbortSignal | undefined,
): Promise<Guarded<Value> | FellBack<Fallen>> {
  let why: FellOver;
  try {
    const guarded = await answer;
    if (guarded.kind === 'succeeded') return guarded;
    why = guarded;
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    why = { kind: 'failed', thrown };
  }
  const because = kindOf(why);
  if (because === 'cancelled') return why as Refusal;
  const kind = because in fallback ? because : 'otherwise';
  if (kind in fallback) return { kind: 'fellBack', value: await made(fallback[kind] as Instead<Fallen>, why), because };
  if (why.kind === 'failed') throw why.thrown;
  return why;
}

function kindOf(why: FellOver): FallbackKind | 'cancelled' {
  if (why.kind === 'refused') return why.because;
  return timeouts.has(codeOf(why.thrown)) ? 'timedOut' : 'failed';
}

function made<Value>(instead: Instead<Value>, why: FellOver): Value | Promise<Value> {
  return typeof instead === 'function' ? (instead as (why: FellOver) => Value | Promise<Value>)(why) : instead;
}
