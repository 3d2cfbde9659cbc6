import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openSqliteStore, type SqliteJobStore } from '../../../shared/adapters/sqlite/job-store.ts';
import { aChange, aJob, succeeded } from '../../support/a-job.ts';

describe('the group commit of the SQLite store', () => {
  let directory: string;
  let path: string;
  let store: SqliteJobStore;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'breakwater-'));
    path = join(directory, 'store.db');
    store = openSqliteStore(path);
  });
  afterEach(() => {
    store.close();
    rmSync(directory, { recursive: true });
  });

  function reopen(maxBytes?: number): void {
    store.close();
    store = openSqliteStore(path, maxBytes === undefined ? {} : { maxBytes });
  }

  const someJobs = (count: number) => Array.from({ length: count }, (_, at) => aJob(`job-${at}`).build());

  test('what is asked for in one turn is carried by one fsync', async () => {
    const jobs = someJobs(100);
    await Promise.all(jobs.map((job) => store.create(job, [])));
    await Promise.all(jobs.map((job) => store.commit(aChange(job))));
    expect(store.usage()).toEqual({ reads: 0, writes: 200, commits: 200, conflicts: 0, fsyncs: 2 });
  });

  test('a group of conflicts alone forces nothing to the disk', async () => {
    const [job] = someJobs(1);
    await store.create(job!, []);
    await store.commit(aChange(job!));
    const { fsyncs } = store.usage();
    expect(await store.commit(aChange(job!))).toBe('conflict');
    expect(store.usage().fsyncs).toBe(fsyncs);
  });

  test('what waits when the store is closed is committed', async () => {
    const created = store.create(aJob().build(), []);
    reopen();
    expect(await created).toEqual({ kind: 'created' });
    expect(await store.load('job-1')).toBeDefined();
  });

  test('a group that finds no room rejects as a whole with store_full, and the store goes on', async () => {
    const kept = aJob('kept').build();
    await store.create(kept, []);
    reopen(400_000);
    const writesBefore = store.usage();
    const large = aJob('large').withInput('x'.repeat(1_000_000)).build();
    const group = await Promise.allSettled([store.create(aJob('small').build(), []), store.create(large, [])]);
    for (const verdict of group) {
      expect(verdict).toMatchObject({
        status: 'rejected',
        reason: { code: 'store_full', message: expect.stringContaining(path) },
      });
    }
    expect(store.usage()).toMatchObject({ writes: writesBefore.writes, commits: writesBefore.commits });
    expect([await store.load('small'), await store.load('large')]).toEqual([undefined, undefined]);
    expect(await store.commit(aChange(kept))).toBe('committed');
    reopen();
    expect(await store.create(large, [])).toEqual({ kind: 'created' });
    expect((await store.load('kept'))?.header.version).toBe(2);
  });

  test('a write that SQLite refuses takes its group along, and the store goes on', async () => {
    const [one, two] = someJobs(2);
    const bad = { ...two!, header: { ...two!.header, state: {} as 'pending' } };
    const group = await Promise.allSettled([store.create(one!, []), store.create(bad, [])]);
    expect(group.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await store.load('job-0')).toBeUndefined();
    expect(await store.create(one!, [])).toEqual({ kind: 'created' });
    expect(store.usage()).toMatchObject({ writes: 1, commits: 1 });
  });

  test('a change that cannot be written as JSON rejects alone', async () => {
    const [good, bad] = someJobs(2);
    const results = await Promise.allSettled([
      store.create({ ...bad!, spec: { ...bad!.spec, input: 1n as unknown as number } }, []),
      store.create(good!, []),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  test('the WAL is carried over as it grows, and nothing is lost by that', async () => {
    let job = aJob().withNodes(200).build();
    await store.create(job, []);
    for (let at = 0; at < 200; at++) {
      const change = aChange(job, { nodes: { [at]: succeeded('x'.repeat(900)) } });
      await store.commit(change);
      job = change.after;
    }
    expect(store.usage().fsyncs).toBeGreaterThan(201);
    reopen();
    expect(await store.load('job-1')).toEqual(job);
  });
});
