import { codeOf } from '../core/error.ts';
import type { Parts } from './parts.ts';

/** Store failures that may pass by themselves. Anything else reaches the caller at once. */
const passing = new Set(['store_unavailable', 'store_timeout', 'store_full']);

export function mayPass(error: unknown): boolean {
  return passing.has(codeOf(error));
}

/**
 * Repeats `ask` while the store fails in a way that may pass, with full jitter, for `patienceMs` at most; then the last failure
 * is thrown. `ask` must be safe to repeat: a failed write may have happened.
 */
export async function tryAgain<T>(parts: Waiting, patienceMs: number, ask: () => Promise<T>): Promise<T> {
  const until = parts.clock.now() + patienceMs;
  for (let failures = 1; ; failures++) {
    try {
      return await ask();
    } catch (error) {
      if (!mayPass(error) || parts.clock.now() >= until) throw error;
      await pause(parts, failures);
    }
  }
}

/** 10 ms doubled each time up to 2 s, times chance. */
export function pause({ clock, random }: Waiting, failures: number): Promise<void> {
  return clock.sleep(Math.min(2_000, 10 * 2 ** failures) * random.next());
}

type Waiting = Pick<Parts, 'clock' | 'random'>;
