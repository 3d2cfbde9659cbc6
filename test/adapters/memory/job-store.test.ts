import { describe, expect, test } from '@jest/globals';
import { createMemoryJobStore } from '../../../shared/adapters/memory/job-store.ts';
import type { Job } from '../../../shared/jobs/index.ts';
import type { JobStore } from '../../../shared/ports/index.ts';
import { aChange, aJob } from '../../support/a-job.ts';

describe('the memory store and the event loop', () => {
  /** Commits one after the other. Resolves with how many turns the event loop took meanwhile. */
  async function turnsOf(store: JobStore, jobId: string, commits: number): Promise<number> {
    let turns = 0;
    let isOver = false;
    const look = () => {
      if (isOver) return;
      turns++;
      setImmediate(look);
    };
    setImmediate(look);
    let job: Job = aJob(jobId).build();
    await store.create(job, []);
    for (let at = 0; at < commits; at++) {
      const change = aChange(job);
      await store.commit(change);
      job = change.after;
    }
    isOver = true;
    return turns;
  }

  test('a long chain of commits lets the event loop take its turns', async () => {
    expect(await turnsOf(createMemoryJobStore(), 'job-1', 1_000)).toBeGreaterThanOrEqual(15);
  });

  test('so does a chain of submits', async () => {
    const store = createMemoryJobStore({ yieldEvery: 10 });
    let turns = 0;
    for (let at = 0; at < 100; at++) {
      await store.create(aJob(`job-${at}`).build(), []);
      if (at === 0) setImmediate(() => turns++);
    }
    expect(turns).toBe(1);
  });

  test('many chains at once wait for the same turns, not each for its own', async () => {
    const store = createMemoryJobStore({ yieldEvery: 10 });
    const turns = await Promise.all(Array.from({ length: 20 }, (_, at) => turnsOf(store, `job-${at}`, 100)));
    expect(Math.min(...turns)).toBeGreaterThanOrEqual(50);
  });

  test('it never waits when told so', async () => {
    expect(await turnsOf(createMemoryJobStore({ yieldEvery: Infinity }), 'job-1', 1_000)).toBe(0);
  });

  test('a change that waits for its turn is seen at once by whoever loads', async () => {
    const store = createMemoryJobStore({ yieldEvery: 1 });
    const job = aJob().build();
    const created = store.create(job, []);
    expect(await store.load(job.id)).toEqual(job);
    expect(await created).toEqual({ kind: 'created' });
  });
});
