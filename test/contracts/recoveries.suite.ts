import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Job, RecoverySession } from '../../shared/jobs/index.ts';
import type { JobStore, Recoveries, RecoveryQuery } from '../../shared/ports/index.ts';
import { aChange, aJob } from '../support/a-job.ts';
import { aSession } from '../support/a-session.ts';

export interface OpenRecoveries {
  readonly store: JobStore;
  readonly recoveries: Recoveries;
  /** The same as a new process would meet them; themselves, when they do not outlive their process. */
  reopen(): Recoveries | Promise<Recoveries>;
  close(): void | Promise<void>;
}

/** What every Recoveries promises, with the JobStore that writes them. */
export function describeRecoveries(name: string, open: () => OpenRecoveries | Promise<OpenRecoveries>): void {
  describe(`${name} as Recoveries`, () => {
    let opened: OpenRecoveries;
    let store: JobStore;
    let recoveries: Recoveries;

    beforeEach(async () => {
      opened = await open();
      ({ store, recoveries } = opened);
    });
    afterEach(() => opened.close());

    async function create(id: string): Promise<Job> {
      const job = aJob(id).build();
      expect(await store.create(job, [])).toEqual({ kind: 'created' });
      return job;
    }

    async function commit(before: Job, ...sessions: readonly RecoverySession[]): Promise<Job> {
      const change = aChange(before, { sessions });
      expect(await store.commit(change)).toBe('committed');
      return change.after;
    }

    const idsOf = async (query: RecoveryQuery) => (await recoveries.list(query)).recoveries.map(({ id }) => id);

    test('J5: what a commit has left of a session is there with it, for a new process too', async () => {
      const session = aSession('job-1', 1);
      await commit(await create('job-1'), session);
      expect(await recoveries.get('job-1.r1')).toEqual(session);
      recoveries = await opened.reopen();
      expect(await recoveries.get('job-1.r1')).toEqual(session);
      expect(await recoveries.list({ size: 5 })).toEqual({ recoveries: [session] });
    });

    test('a session that goes on stands as its last commit left it, and stays in its place', async () => {
      const job = await commit(await create('job-1'), aSession('job-1', 1, 100), aSession('job-1', 2, 200));
      const ended = { ...aSession('job-1', 1, 100), state: 'succeeded', endedAt: 900.5 } as const;
      await commit(job, ended);
      expect(await recoveries.get('job-1.r1')).toEqual(ended);
      expect(await idsOf({ size: 5 })).toEqual(['job-1.r2', 'job-1.r1']);
    });

    test('a commit that is a conflict writes no session', async () => {
      const job = await create('job-1');
      await commit(job, aSession('job-1', 1));
      const late = aChange(job, { sessions: [{ ...aSession('job-1', 1), state: 'failed' }, aSession('job-1', 2)] });
      expect(await store.commit(late)).toBe('conflict');
      expect(await recoveries.get('job-1.r1')).toMatchObject({ state: 'acting' });
      expect(await recoveries.get('job-1.r2')).toBeUndefined();
    });

    test('a job may be created with a session, and an id that is taken brings none', async () => {
      const job = aJob('job-1').build();
      expect(await store.create(job, [], [aSession('job-1', 1)])).toEqual({ kind: 'created' });
      expect(await store.create(job, [], [aSession('job-1', 2)])).toMatchObject({ kind: 'exists' });
      expect(await idsOf({ size: 5 })).toEqual(['job-1.r1']);
    });

    test('an unknown one is undefined, and without any the list is empty', async () => {
      expect(await recoveries.get('nobody.r1')).toBeUndefined();
      expect(await recoveries.list({ size: 5 })).toEqual({ recoveries: [] });
      expect(await recoveries.list({ size: 5, jobId: 'nobody', states: ['acting'] })).toEqual({ recoveries: [] });
    });

    test('the list has the newest first and can be of some states, of one job, and of both', async () => {
      const job = await commit(await create('a'), aSession('a', 1, 100, 'succeeded'), aSession('a', 2, 300));
      await commit(job, aSession('a', 3, 400, 'failed'));
      await commit(await create('b'), aSession('b', 1, 200, 'escalated'), aSession('b', 2, 300, 'cancelled'));
      expect(await idsOf({ size: 9 })).toEqual(['a.r3', 'b.r2', 'a.r2', 'b.r1', 'a.r1']);
      expect(await idsOf({ size: 9, states: ['acting', 'escalated'] })).toEqual(['a.r2', 'b.r1']);
      expect(await idsOf({ size: 9, states: ['acting'] })).toEqual(['a.r2']);
      expect(await idsOf({ size: 9, states: ['succeeded', 'failed', 'cancelled', 'escalated'] })).toEqual([
        'a.r3',
        'b.r2',
        'b.r1',
        'a.r1',
      ]);
      expect(await idsOf({ size: 9, jobId: 'a' })).toEqual(['a.r3', 'a.r2', 'a.r1']);
      expect(await idsOf({ size: 9, jobId: 'a', states: ['succeeded', 'acting'] })).toEqual(['a.r2', 'a.r1']);
    });

    test('its pages hold whatever comes meanwhile', async () => {
      let job = await create('a');
      for (const number of [1, 2, 3, 4, 5]) job = await commit(job, aSession('a', number, Math.floor(number / 2)));
      const first = await recoveries.list({ size: 2 });
      expect(first.recoveries.map(({ id }) => id)).toEqual(['a.r5', 'a.r4']);
      await commit(job, aSession('a', 6, 100));
      for (const only of [{}, { jobId: 'a' }, { states: ['acting', 'failed', 'succeeded', 'cancelled'] as const }]) {
        const query = { ...only, size: 2, pageToken: first.nextPageToken! };
        const second = await recoveries.list(query);
        expect(second.recoveries.map(({ id }) => id)).toEqual(['a.r3', 'a.r2']);
        const last = await recoveries.list({ ...query, pageToken: second.nextPageToken! });
        expect(last).toEqual({ recoveries: [aSession('a', 1, 0)] });
      }
    });

    test.each(['', 'nonsense'])('a page token that is none ("%s") is a coded error', async (pageToken) => {
      await expect(recoveries.list({ size: 5, pageToken })).rejects.toMatchObject({ code: 'page_token_invalid' });
    });
  });
}
