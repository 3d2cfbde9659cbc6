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
    expect(store.usage()).toEqual({ reads: 0, writes: 200, deletes: 0, commits: 200, conflicts: 0, fsyncs: 2 });
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

  test('of a group that finds no room only what has none rejects, with store_full, and the store goes on', async () => {
    const kept = aJob('kept').build();
    await store.create(kept, []);
    reopen(400_000);
    const large = aJob('large').withInput('x'.repeat(1_000_000)).build();
    const group = await Promise.allSettled([store.create(aJob('small').build(), []), store.create(large, [])]);
    expect(group).toMatchObject([
      { status: 'fulfilled', value: { kind: 'created' } },
      { status: 'rejected', reason: { code: 'store_full', message: expect.stringContaining(path) } },
    ]);
    expect(store.usage()).toMatchObject({ writes: 1, commits: 1 });
    expect(await store.load('large')).toBeUndefined();
    expect(await store.commit(aChange(kept))).toBe('committed');
    reopen();
    expect(await store.create(large, [])).toEqual({ kind: 'created' });
    expect((await store.load('kept'))?.header.version).toBe(2);
  });

  test('a write that fails rejects alone, with what was thrown: the rest of its group is stored', async () => {
    const jobs = someJobs(200);
    await store.create(jobs[0]!, []);
    const bad = { ...jobs[100]!, header: { ...jobs[100]!.header, state: {} as 'pending' } };
    const asked = jobs.map((job) => (job.id === bad.id ? store.create(bad, []) : store.create(job, [])));
    const group = await Promise.allSettled([...asked, store.commit(aChange(jobs[0]!))]);
    const rejected = group.flatMap((each, at) => (each.status === 'rejected' ? [[at, each.reason]] : []));
    expect(rejected).toEqual([[100, expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' })]]);
    expect(await store.load(bad.id)).toBeUndefined();
    expect((await store.load('job-0'))?.header.version).toBe(2);
    expect(store.usage()).toMatchObject({ writes: 200, commits: 200, conflicts: 0 });
  });

  test('what a transaction that was rolled back had met is counted once', async () => {
    const [known, other] = someJobs(2);
    await store.create(known!, []);
    await store.commit(aChange(known!));
    const bad = { ...other!, header: { ...other!.header, state: {} as 'pending' } };
    const before = store.usage();
    await Promise.allSettled([store.commit(aChange(known!)), store.create(known!, []), store.create(bad, [])]);
    expect(store.usage()).toMatchObject({ conflicts: before.conflicts + 1, reads: before.reads + 1 });
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
