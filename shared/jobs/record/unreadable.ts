import { codeOf } from '../../core/error.ts';

const codes: ReadonlySet<string> = new Set(['store_too_new', 'store_too_old', 'store_damaged']);

/**
 * Whether the store has what is asked for and this release can't make sense of it: another one wrote it, or it is damaged. Asking again
 * changes nothing, and other jobs are not touched by it.
 */
export function isUnreadable(error: unknown): boolean {
  return codes.has(codeOf(error));
}
