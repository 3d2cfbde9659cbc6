import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { FirestoreStore } from '../../../shared/adapters/firestore/open.ts';
import type { Job, NodeRun } from '../../../shared/jobs/index.ts';
import { aFirestore } from '../../support/a-firestore.ts';
import { aChange, aJob, type ChangeParts, succeeded } from '../../support/a-job.ts';
import { describeCloud, uniqueProject } from '../../support/emulators.ts';

const mebi = 1024 * 1024;

/** What is larger than a document (1 MiB) or a commit (10 MiB; the emulator's is 4 MiB). */
describeCloud('Firestore and what is too large for it', () => {
  let project: string;
  let opened: FirestoreStore;

  beforeEach(async () => {
    project = uniqueProject();
    opened = await aFirestore({ project });
  });
  afterEach(() => opened.close());

  async function created(job: Job): Promise<Job> {
    expect(await opened.store.create(job, [])).toEqual({ kind: 'created' });
    return job;
  }

  async function commit(before: Job, parts: ChangeParts): Promise<Job> {
    const change = aChange(before, parts);
    expect(await opened.store.commit(change)).toBe('committed');
    return change.after;
  }

  /** As another process finds it. */
  async function loaded(): Promise<Job | undefined> {
    await opened.close();
    opened = await aFirestore({ project });
    return opened.store.load('job-1');
  }

  const forEach = (count: number, run: (at: number) => NodeRun) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [at, run(at)]));

  test('20 results of 1 MiB in one commit', async () => {
    const job = await created(aJob().withNodes(20).build());
    const nodes = forEach(20, (at) => succeeded(String(at % 10).repeat(mebi - 2 - at)));
    const after = await commit(job, { nodes });
    expect(await loaded()).toEqual(after);
    expect(opened.store.usage().reads).toBe(1 + 20 * 2);
  });

  test('a result of 1 MiB of characters that take three bytes each', async () => {
    const job = await created(aJob().build());
    const after = await commit(job, { nodes: { 0: succeeded('€\u{1f6a2}x'.repeat(150_000)) } });
    expect(await loaded()).toEqual(after);
  });

  test('a page of 200 failures of 18 kB in the job of one page, and the page shrinks again', async () => {
    const job = await created(aJob().withNodes(200).build());
    const after = await commit(job, { nodes: forEach(200, (at) => failed(at, 18_000)) });
    expect(await loaded()).toEqual(after);
    const small = await commit((await opened.store.load('job-1'))!, { nodes: forEach(200, succeeded) });
    expect(await loaded()).toEqual(small);
  });

  test('6 pages of 200 failures of 18 kB in one commit', async () => {
    const job = await created(aJob().withNodes(1_200).build());
    const after = await commit(job, { nodes: forEach(1_200, (at) => failed(at, 18_000)) });
    expect(await loaded()).toEqual(after);
  });

  test('a spec of 8 MiB', async () => {
    const job = await created(
      aJob()
        .withInput('ü'.repeat(4 * mebi - 1_000))
        .build(),
    );
    expect(await loaded()).toEqual(job);
  });

  test('20,000 audit lines in one commit, and as many pages of nodes as a job may have', async () => {
    const job = await created(aJob().withNodes(20_000).build());
    const nodes = forEach(20_000, (at) => succeeded(`small ${at}`));
    const after = await commit(job, { nodes, audit: 20_000 });
    expect(await loaded()).toEqual(after);
    const lines = await opened.store.readAudit('job-1', 0, 30_000);
    expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 20_000 }, (_, at) => at + 1));
    expect((await opened.store.readAudit('job-1', 19_990, 5)).map(({ seq }) => seq)).toEqual([
      19_991, 19_992, 19_993, 19_994, 19_995,
    ]);
  });

  test('audit lines of 18 kB each, a few at a time', async () => {
    let job = await created(aJob().build());
    const failure = { code: 'oops', message: 'm', details: { text: 'x'.repeat(16_000) } };
    for (let round = 0; round < 12; round++) job = await commit(job, { audit: Array(5).fill({ failure }) });
    expect(await loaded()).toEqual(job);
    const lines = await opened.store.readAudit('job-1', 0, 100);
    expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, at) => at + 1));
    expect(lines.every((line) => JSON.stringify(line.failure) === JSON.stringify(failure))).toBe(true);
  });

  test('a header of more than a document', async () => {
    const job = await created(aJob().build());
    const inbox = Array.from({ length: 20 }, (_, at) => ({
      id: `${at}`,
      name: 'go',
      data: 'x'.repeat(100_000),
      at: 1,
    }));
    const after = await commit(job, { header: { inbox } });
    expect(await loaded()).toEqual(after);
    const emptied = await commit((await opened.store.load('job-1'))!, { header: { inbox: [] } });
    expect(await loaded()).toEqual(emptied);
  });

  test('of two large commits on one version one is there whole', async () => {
    await created(aJob().withNodes(10).build());
    const other = await aFirestore({ project });
    const jobs = [(await opened.store.load('job-1'))!, (await other.store.load('job-1'))!];
    const changes = jobs.map((job, no) =>
      aChange(job, { nodes: forEach(10, (at) => succeeded(`${no}-${at}`.repeat(100_000))) }),
    );
    const verdicts = await Promise.all([opened.store.commit(changes[0]!), other.store.commit(changes[1]!)]);
    expect(verdicts.toSorted()).toEqual(['committed', 'conflict']);
    const winner = changes[verdicts.indexOf('committed')]!;
    await other.close();
    expect(await loaded()).toEqual(winner.after);
  });
});

const failed = (at: number, bytes: number): NodeRun => ({
  ...succeeded(),
  state: 'failed',
  failure: { code: 'oops', message: `node ${at}`, details: { text: String(at % 10).repeat(bytes) } },
});
