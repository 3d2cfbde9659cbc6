import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { FirestoreStore } from '../../../shared/adapters/firestore/open.ts';
import { isFinal, type Job, jobStates } from '../../../shared/jobs/index.ts';
import type { StoreUsage } from '../../../shared/ports/index.ts';
import { aFirestore, anSdk } from '../../support/a-firestore.ts';
import { aChange, aJob, aLine, running, succeeded } from '../../support/a-job.ts';
import { describeCloud, uniqueProject } from '../../support/emulators.ts';

describeCloud("Firestore's commits", () => {
  let project: string;
  let stores: FirestoreStore[] = [];

  beforeEach(() => {
    project = uniqueProject();
    stores = [];
  });
  afterEach(() => Promise.all(stores.map(({ close }) => close())));

  async function open(options: Parameters<typeof aFirestore>[0] = {}): Promise<FirestoreStore> {
    const opened = await aFirestore({ project, ...options });
    stores.push(opened);
    return opened;
  }

  async function spent(of: FirestoreStore, act: () => Promise<unknown>): Promise<Partial<StoreUsage>> {
    const before = of.store.usage();
    await act();
    const after = of.store.usage();
    return { reads: after.reads - before.reads, writes: after.writes - before.writes };
  }

  async function created({ store }: FirestoreStore, job: Job): Promise<Job> {
    const counted = { ...job, header: { ...job.header, auditCount: 1 } };
    expect(await store.create(counted, [aLine(1)])).toEqual({ kind: 'created' });
    return counted;
  }

  test('of 8 processes that commit to one job at the same time one wins each round, and none waits for a lock', async () => {
    const eight = await Promise.all(Array.from({ length: 8 }, () => open()));
    await created(eight[0]!, aJob().build());
    for (let round = 1; round <= 10; round++) {
      const loaded = await Promise.all(eight.map(({ store }) => store.load('job-1')));
      const start = performance.now();
      const verdicts = await Promise.all(eight.map(({ store }, at) => store.commit(aChange(loaded[at]!))));
      expect(verdicts.toSorted()).toEqual(['committed', ...Array(7).fill('conflict')]);
      expect(performance.now() - start).toBeLessThan(2_000);
    }
    const lines = await eight[0]!.store.readAudit('job-1', 0, 100);
    expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 11 }, (_, at) => at + 1));
    const conflicts = eight.map(({ store }) => store.usage().conflicts).reduce((a, b) => a + b);
    expect(conflicts).toBe(70);
  });

  test('a commit of a chain is one write and no read, whoever made or loaded the job', async () => {
    const one = await open();
    const two = await open();
    const job = await created(one, aJob().withNodes(5).build());
    expect(await spent(one, () => one.store.commit(aChange(job, { nodes: { 0: running } })))).toEqual({
      reads: 0,
      writes: 1,
    });
    let loaded: Job | undefined;
    expect(await spent(two, async () => (loaded = await two.store.load('job-1')))).toEqual({ reads: 1, writes: 0 });
    const change = aChange(loaded!, { nodes: { 0: succeeded(1) } });
    expect(await spent(two, () => two.store.commit(change))).toEqual({ reads: 0, writes: 1 });
  });

  test('a wide job is read whole when it has changed, and by one document when it has not', async () => {
    const [one, two] = [await open(), await open()];
    const job = await created(one, aJob().withNodes(1_000).build());
    let known: Job | undefined;
    const look = async () => {
      known = await two.store.load('job-1', known);
    };
    expect(await spent(two, look)).toMatchObject({ reads: 1 + 5 + 1 });
    const loaded = known;
    expect(await spent(two, look)).toEqual({ reads: 1, writes: 0 });
    expect(known).toBe(loaded);
    const change = aChange(job, { nodes: { 999: running } });
    expect(await one.store.commit(change)).toBe('committed');
    expect(await spent(two, look)).toEqual({ reads: 1 + 5, writes: 0 });
    expect(known).toEqual(change.after);
    expect(await two.store.commit(aChange(known!, { nodes: { 0: running } }))).toBe('committed');
  });

  test('a job that moves from state to state is in every list of these states, once', async () => {
    const [writer, reader] = [await open(), await open()];
    let job = await created(writer, aJob().withNodes(2).withHeader({ state: 'running' }).build());
    let isOver = false;
    const moving = (async () => {
      const circle = ['waiting', 'paused', 'retrying', 'queued', 'recovering', 'running'] as const;
      for (let step = 0; !isOver; step++) {
        const change = aChange(job, { header: { state: circle[step % circle.length]! } });
        expect(await writer.store.commit(change)).toBe('committed');
        job = change.after;
      }
    })();
    const states = jobStates.filter((state) => !isFinal(state));
    const found = [];
    for (let round = 0; round < 40; round++) found.push((await reader.store.list({ size: 10, states })).jobs.length);
    isOver = true;
    await moving;
    expect(found).toEqual(Array(40).fill(1));
  });

  test('a commit to a job of which only its value is known costs one read more, and keeps all lines', async () => {
    const one = await open();
    const job = await created(one, aJob().build());
    const copy = structuredClone(job);
    expect(await spent(one, () => one.store.commit(aChange(copy, { audit: 70 })))).toEqual({ reads: 1, writes: 2 });
    expect(await one.store.readAudit('job-1', 0, 100)).toHaveLength(71);
  });

  test('a look for due jobs that finds none is one read, over all shards', async () => {
    const one = await open();
    await created(one, aJob().dueAt(9_000).build());
    expect(await spent(one, () => one.store.findDue(8_999, 100))).toEqual({ reads: 1, writes: 0 });
  });

  test('a store that looks at some shards finds the jobs of these, and all shards together find each job once', async () => {
    const one = await open();
    const ids = Array.from({ length: 40 }, (_, at) => `job-${at}`);
    for (const id of ids) await created(one, aJob(id).dueAt(5).build());
    const found: string[] = [];
    for (const shards of [[0, 1, 2], [3], [4, 5, 6, 7]]) {
      const part = (await (await open({ shards })).store.findDue(10, 100)).map(({ jobId }) => jobId);
      expect(part.length).toBeGreaterThan(0);
      found.push(...part);
    }
    expect(found.toSorted()).toEqual(ids.toSorted());
  });

  test('a key costs one write more, and finding its job two reads', async () => {
    const one = await open();
    const job = aJob().withKey('k').build();
    expect(await spent(one, () => one.store.create(job, []))).toEqual({ reads: 0, writes: 2 });
    expect(await spent(one, () => one.store.list({ size: 1, idempotencyKey: 'k' }))).toEqual({ reads: 2, writes: 0 });
  });

  test('the last lines of a job are one read, and lines in chunks one more each', async () => {
    const one = await open();
    const job = await created(one, aJob().build());
    const after = aChange(job, { audit: 100 });
    await one.store.commit(after);
    await one.store.commit(aChange(after.after, { audit: 3 }));
    expect(await spent(one, () => one.store.readAudit('job-1', 101, 50))).toEqual({ reads: 1, writes: 0 });
    expect(await spent(one, () => one.store.readAudit('job-1', 10, 500))).toEqual({ reads: 2, writes: 0 });
  });

  test('a large spec and large results are read once, however often their job is loaded', async () => {
    const [one, two] = [await open(), await open()];
    const job = await created(one, aJob().withNodes(150).build());
    await one.store.commit(aChange(job, { nodes: { 0: succeeded('x'.repeat(5_000)) } }));
    expect(await spent(two, () => two.store.load('job-1'))).toEqual({ reads: 3, writes: 0 });
    expect(await spent(two, () => two.store.load('job-1'))).toEqual({ reads: 1, writes: 0 });
  });

  test('what a parcel knows is claimed and put with one write each, and read with one read', async () => {
    const one = await open();
    const parcel = { owner: 'me', claimedAt: 1, leaseUntil: 2, claims: [], events: [] };
    expect(await spent(one, () => one.parcels.claim('job-1', 'p', parcel))).toEqual({ reads: 0, writes: 1 });
    expect(await spent(one, () => one.parcels.put('job-1', 'p', parcel))).toEqual({ reads: 0, writes: 1 });
    expect(await spent(one, () => one.parcels.read('job-1', ['p']))).toEqual({ reads: 1, writes: 0 });
  });

  test('a wide job is never read of two versions while somebody writes it', async () => {
    const [writer, reader] = [await open(), await open()];
    let job = await created(writer, aJob().withNodes(1_000).build());
    let isWriting = true;
    const writing = (async () => {
      for (let round = 1; round <= 40; round++) {
        const nodes = Object.fromEntries([0, 300, 500, 999].map((node) => [node, succeeded(round)]));
        const change = aChange(job, { nodes, header: { resultBytes: round } });
        expect(await writer.store.commit(change)).toBe('committed');
        job = change.after;
      }
    })().finally(() => {
      isWriting = false;
    });
    const seen = new Set<number>();
    while (isWriting) {
      const { header, pages } = (await reader.store.load('job-1'))!;
      const rounds = [pages[0]!.nodes[0], pages[1]!.nodes[100], pages[2]!.nodes[100], pages[4]!.nodes[199]].map(
        (node) => (node?.state === 'succeeded' ? node.result : 0),
      );
      expect(rounds).toEqual(Array(4).fill(header.resultBytes));
      seen.add(header.resultBytes);
    }
    await writing;
    expect(seen.size).toBeGreaterThan(5);
  });

  test('audit lines are read without a gap or a repeat while they move from the job to their chunks', async () => {
    const [writer, reader] = [await open(), await open()];
    let job = await created(writer, aJob().build());
    let isWriting = true;
    const writing = (async () => {
      for (let round = 0; round < 120; round++) {
        const change = aChange(job, { audit: 5 });
        expect(await writer.store.commit(change)).toBe('committed');
        job = change.after;
      }
    })().finally(() => {
      isWriting = false;
    });
    while (isWriting) {
      const seqs = (await reader.store.readAudit('job-1', 0, 10_000)).map(({ seq }) => seq);
      expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, at) => at + 1));
    }
    await writing;
  });

  test('a key whose job is gone, for its retention was over, may be used again', async () => {
    const one = await open();
    await created(one, aJob('job-1').withKey('k').build());
    const sdk = anSdk(project);
    await sdk.doc('breakwater-jobs/job-1').delete();
    await sdk.terminate();
    const job = aJob('job-2').withKey('k').build();
    expect(await one.store.create(job, [])).toEqual({ kind: 'created' });
    expect(await one.store.create(aJob('job-3').withKey('k').build(), [])).toMatchObject({ jobId: 'job-2' });
  });
});
