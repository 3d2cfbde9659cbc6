import { describe, expect, test } from '@jest/globals';
import { createMemoryJobStore } from '../../shared/adapters/memory/job-store.ts';
import type { JobStore } from '../../shared/ports/index.ts';
import { ownJobs } from '../../shared/wiring/own-jobs.ts';
import { aChange, aJob } from '../support/a-job.ts';

/** A store that others use as well, and how one run sees it. */
function aSharedStore() {
  const shared = createMemoryJobStore();
  return { shared, own: ownJobs(shared) };
}

const idsDue = async (store: ReturnType<typeof ownJobs>, before = 100, limit = 10) =>
  (await store.findDue(before, limit)).map(({ jobId }) => jobId);

describe('the jobs of one run', () => {
  test('are due when they were created or loaded by it, the longest due first, and no others ever', async () => {
    const { shared, own } = aSharedStore();
    for (const [id, at] of [['late', 50] as const, ['foreign', 1] as const])
      await shared.create(aJob(id).dueAt(at).build(), []);
    await own.create(aJob('soon').dueAt(40).build(), []);
    await own.create(aJob('far').dueAt(101).build(), []);
    expect(await idsDue(own)).toEqual(['soon']);
    await own.load('late');
    expect(await idsDue(own)).toEqual(['soon', 'late']);
    expect(await idsDue(own, 100, 1)).toEqual(['soon']);
    const [first] = await own.findDue(100, 1);
    expect(await own.findDue(100, 10, first)).toEqual([{ jobId: 'late', nextCheckAt: 50 }]);
  });

  test('are due as the newest of them says, though an older answer of the store comes later', async () => {
    const shared = createMemoryJobStore();
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const own = ownJobs({
      ...shared,
      async load(jobId) {
        const job = await shared.load(jobId);
        await answered;
        return job;
      },
    });
    const job = aJob('mine').dueAt(5_000).build();
    await own.create(job, []);
    const late = own.load('mine');
    await new Promise<void>((resolve) => setImmediate(resolve));
    await own.commit(aChange(job, { header: { nextCheckAt: 50 } }));
    answer();
    await late;
    expect(await idsDue(own)).toEqual(['mine']);
  });

  test('cost the store nothing when they are looked for', async () => {
    const { shared, own } = aSharedStore();
    await own.create(aJob('mine').dueAt(5).build(), []);
    const before = shared.usage();
    await own.findDue(100, 10);
    expect(shared.usage()).toEqual(before);
  });

  test('move on with each commit, and are forgotten once they are final', async () => {
    const { own } = aSharedStore();
    const job = aJob('mine').dueAt(5).build();
    await own.create(job, []);
    const later = aChange(job, { header: { nextCheckAt: 60 } });
    await own.commit(later);
    expect(await own.findDue(100, 10)).toEqual([{ jobId: 'mine', nextCheckAt: 60 }]);
    expect(await own.commit(aChange(job, { header: { nextCheckAt: 7 } }))).toBe('conflict');
    expect(await own.findDue(100, 10)).toEqual([{ jobId: 'mine', nextCheckAt: 60 }]);
    await own.commit(aChange(later.after, { header: { state: 'completed', endedAt: 70 }, without: ['nextCheckAt'] }));
    expect(await idsDue(own)).toEqual([]);
  });

  test('whose creation was not answered are known when they turn out to be there', async () => {
    const { shared, own } = aSharedStore();
    const job = aJob('mine').dueAt(5).build();
    await shared.create(job, []);
    expect((await own.create(job, [])).kind).toBe('exists');
    expect(await idsDue(own)).toEqual(['mine']);
  });

  test('bring the children with them that somebody started for them before', async () => {
    const { shared, own } = aSharedStore();
    const on = { kind: 'child', jobId: 'child', checkAt: 80 } as const;
    const waiting = {
      state: 'waiting',
      attempt: 1,
      failures: 0,
      leaseLosses: 0,
      readyAt: 1,
      startedAt: 1,
      on,
    } as const;
    const parent = aJob('parent').submittedAt(2).dueAt(90).build();
    await shared.create(parent, []);
    await shared.commit(aChange(parent, { nodes: { 0: waiting } }));
    await own.load('parent');
    expect(await idsDue(own)).toEqual(['child', 'parent']);
  });

  test('may be handed back by the store as it knows them', async () => {
    const known = aJob('mine').dueAt(5).build();
    const load: JobStore['load'] = async (_, held) => held;
    expect(await ownJobs({ ...createMemoryJobStore(), load }).load('mine', known)).toBe(known);
  });
});
