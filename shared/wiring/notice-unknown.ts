import type { JobStore } from '../ports/index.ts';

export interface NoticedStore {
  readonly store: JobStore;
  /** The last reading of this job found nothing. */
  isUnknown(jobId: string): boolean;
}

/** More are not asked after at once. */
const rememberedMost = 1_000;

/** Remembers which jobs were looked for in vain, so that a door can say so without a reading of its own. */
export function noticeUnknown(store: JobStore): NoticedStore {
  const unknown = new Set<string>();
  return {
    store: {
      ...store,
      async load(jobId, known) {
        const job = await store.load(jobId, known);
        unknown.delete(jobId);
        if (!job) unknown.add(jobId);
        if (unknown.size > rememberedMost) unknown.delete(unknown.values().next().value!);
        return job;
      },
    },
    isUnknown: (jobId) => unknown.has(jobId),
  };
}
