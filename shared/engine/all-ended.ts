import { isUnreadable } from '../jobs/record/index.ts';

/**
 * All are worked off before a failure is told, so that nothing goes on behind it: the first, but rather one that asking again may help
 * than a job that nobody here can read.
 */
export async function allEnded(work: readonly Promise<unknown>[]): Promise<void> {
  const ended = await Promise.allSettled(work);
  const reasons = ended.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  if (reasons.length > 0) throw reasons.find((reason) => !isUnreadable(reason)) ?? reasons[0];
}
