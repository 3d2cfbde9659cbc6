import type { RecoverySession } from '../../jobs/index.ts';
import { encodePageToken, type ListPlace, newerFirst, placeIn } from '../../jobs/record/index.ts';
import type { Recoveries } from '../../ports/index.ts';

/** Recovery sessions in memory: `keep` is for the store alone, which has them written with its commits. */
export interface MemoryRecoveries extends Recoveries {
  keep(sessions: readonly RecoverySession[]): void;
}

export function createMemoryRecoveries(): MemoryRecoveries {
  const kept = new Map<string, RecoverySession>();
  return {
    keep(sessions) {
      for (const session of sessions) kept.set(session.id, session);
    },
    get: async (recoveryId) => kept.get(recoveryId),
    async list({ states, jobId, size, pageToken }) {
      const after = placeIn(pageToken);
      const found = [...kept.values()]
        .filter((each) => (!states || states.includes(each.state)) && (jobId === undefined || each.jobId === jobId))
        .filter((each) => !after || newerFirst(after, placeOf(each)) < 0)
        .sort((a, b) => newerFirst(placeOf(a), placeOf(b)));
      const recoveries = found.slice(0, size);
      const last = recoveries.at(-1);
      if (!last || found.length <= size) return { recoveries };
      return { recoveries, nextPageToken: encodePageToken(placeOf(last)) };
    },
  };
}

const placeOf = ({ id, startedAt }: RecoverySession): ListPlace => ({ submittedAt: startedAt, jobId: id });
