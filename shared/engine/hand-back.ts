import { byJob } from './by-job.ts';
import type { Committer } from './commit-events.ts';
import type { Parts } from './parts.ts';
import type { RunningAttempt } from './running-attempts.ts';

/** What did not end in time may be claimed by another engine at once. What can't be handed back now is found by its lease. */
export async function handBack(
  parts: Parts,
  committer: Committer,
  attempts: readonly RunningAttempt[],
  because: string,
): Promise<void> {
  const left = attempts.filter((each) => !each.abandoned);
  for (const each of left) each.abandon(because);
  await Promise.all(
    [...byJob(left)].map(async ([jobId, together]) => {
      const released = together.map(
        ({ node, attempt, isWaiting }) => ({ kind: 'released', node, attempt, begun: !isWaiting }) as const,
      );
      await committer.commit(jobId, released).catch((error: unknown) => {
        parts.report(error, `handing back ${together.length} attempts of job ${jobId}`);
      });
    }),
  );
}
