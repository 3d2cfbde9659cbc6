import type { AuditLine, Job, RecoverySession } from '../../shared/jobs/index.ts';
import type { Created, JobChange, JobStore } from '../../shared/ports/index.ts';
import type { Judge } from './judge/judge.ts';

/** The store, with a judge who sees every change in the order in which they were stored. */
export type JudgedStore = Omit<JobStore, 'create' | 'commit'> & {
  create(job: Job, audit: readonly AuditLine[], sessions: readonly RecoverySession[], by: string): Promise<Created>;
  commit(change: JobChange, by: string): Promise<'committed' | 'conflict'>;
};

export function judgedStore(store: JobStore, judge: Judge): JudgedStore {
  return {
    ...store,
    async create(job, audit, sessions, by) {
      const answer = await store.create(job, audit, sessions);
      if (answer.kind === 'created') judge.see({ before: undefined, after: job, audit, by });
      return answer;
    },
    async commit(change, by) {
      const answer = await store.commit(change);
      if (answer === 'committed') judge.see({ ...change, by });
      return answer;
    },
  };
}
