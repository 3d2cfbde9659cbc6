import { afterEach, expect, test } from '@jest/globals';
import type { FirestoreStore } from '../../../shared/adapters/firestore/open.ts';
import type { Job } from '../../../shared/jobs/index.ts';
import type { Parcel } from '../../../shared/ports/index.ts';
import { aFirestore } from '../../support/a-firestore.ts';
import { aChange, aJob, aLine, succeeded } from '../../support/a-job.ts';
import { describeCloud, firestoreHost, uniqueProject } from '../../support/emulators.ts';
import { type Fate, type GrpcProxy, openGrpcProxy } from '../../support/grpc-proxy.ts';

describeCloud('Firestore in trouble', () => {
  const pass: Fate = { kind: 'pass' };
  const closing: (() => Promise<void>)[] = [];
  let fateOf: (method: string, nth: number) => Fate = () => pass;
  let proxy: GrpcProxy;

  afterEach(async () => {
    fateOf = () => pass;
    for (const close of closing.splice(0).toReversed()) await close();
  });

  /** One store that sees the emulator through the proxy, and one that sees it as it is. */
  async function openBoth(patienceMs = 8_000): Promise<{ troubled: FirestoreStore; calm: FirestoreStore }> {
    const project = uniqueProject();
    proxy = await openGrpcProxy(firestoreHost(), (method, nth) => fateOf(method, nth));
    const troubled = await aFirestore({ project, patienceMs, emulatorHost: proxy.host });
    const calm = await aFirestore({ project });
    closing.push(proxy.close, troubled.close, calm.close);
    return { troubled, calm };
  }

  async function created({ store }: FirestoreStore): Promise<Job> {
    const plain = aJob().withNodes(5).build();
    const job = { ...plain, header: { ...plain.header, auditCount: 1 } };
    expect(await store.create(job, [aLine(1)])).toEqual({ kind: 'created' });
    return job;
  }

  /** The fate of the calls of one method that follow, by their number from now on. */
  function fromNowOn(method: string, fate: (nth: number) => Fate): void {
    const before = proxy.calls.filter((each) => each === method).length;
    fateOf = (each, nth) => (each === method ? fate(nth - before) : pass);
  }

  const seqs = async ({ store }: FirestoreStore) => (await store.readAudit('job-1', 0, 99)).map(({ seq }) => seq);
  const msOf = async (act: () => Promise<unknown>) => {
    const start = performance.now();
    await act();
    return performance.now() - start;
  };

  test('a store that is out of reach is unavailable within its patience, and says where it was looked for', async () => {
    const { store, close } = await aFirestore({ project: 'lonely', emulatorHost: '127.0.0.1:1', patienceMs: 500 });
    closing.push(close);
    const failure = {
      code: 'store_unavailable',
      message: expect.stringMatching(/project lonely on the emulator 127\.0\.0\.1:1 .*start the emulator/),
    };
    expect(await msOf(() => expect(store.load('job-1')).rejects.toMatchObject(failure))).toBeLessThan(3_000);
    expect(await msOf(() => expect(store.findDue(1, 1)).rejects.toMatchObject(failure))).toBeLessThan(3_000);
    const creating = expect(store.create(aJob().build(), [])).rejects.toMatchObject(failure);
    expect(await msOf(() => creating)).toBeLessThan(3_000);
  });

  test('a store that was closed says so, and may be closed again', async () => {
    const { store, close } = await aFirestore();
    await store.load('job-1');
    await close();
    await close();
    const failure = { code: 'store_unavailable', message: expect.stringContaining('is closed') };
    await expect(store.load('job-1')).rejects.toMatchObject(failure);
  });

  test('a store that is slow by 2 s is slow and no worse: nothing is lost or done twice', async () => {
    const { troubled, calm } = await openBoth();
    const job = await created(troubled);
    fateOf = () => ({ kind: 'late', ms: 2_000 });
    expect(await troubled.store.commit(aChange(job))).toBe('committed');
    expect((await calm.store.load('job-1'))?.header.version).toBe(2);
    expect(await seqs(calm)).toEqual([1, 2]);
    expect(troubled.store.usage()).toMatchObject({ writes: 2, reads: 0, conflicts: 0, commits: 2 });
  });

  test.each([
    ['RESOURCE_EXHAUSTED', 8],
    ['ABORTED', 10],
    ['INTERNAL', 13],
    ['UNAVAILABLE', 14],
  ])('what is answered with %s twice is done at the third try, and counted once', async (_, status) => {
    const { troubled, calm } = await openBoth();
    const job = await created(troubled);
    fromNowOn('Commit', (nth) => (nth <= 2 ? { kind: 'answer', status } : pass));
    expect(await troubled.store.commit(aChange(job))).toBe('committed');
    fromNowOn('BatchGetDocuments', (nth) => (nth <= 2 ? { kind: 'answer', status } : pass));
    expect((await troubled.store.load('job-1'))?.header.version).toBe(2);
    fromNowOn('RunQuery', (nth) => (nth <= 2 ? { kind: 'answer', status } : pass));
    expect(await troubled.store.findDue(1e9, 5)).toHaveLength(1);
    expect(troubled.store.usage()).toMatchObject({ writes: 2, reads: 2 });
    expect(await seqs(calm)).toEqual([1, 2]);
    expect(proxy.calls).toEqual([
      'Commit',
      ...Array(3).fill('Commit'),
      ...Array(3).fill('BatchGetDocuments'),
      ...Array(3).fill('RunQuery'),
    ]);
  });

  test.each([
    ['RESOURCE_EXHAUSTED', 8],
    ['ABORTED', 10],
    ['UNAVAILABLE', 14],
  ])(
    'a store that goes on answering %s is given up when its patience is over, as one that may be well again',
    async (_, status) => {
      const { troubled } = await openBoth(800);
      const job = await created(troubled);
      // On a slow machine the last try may be cut off before it is answered.
      const code = expect.stringMatching(/^store_(unavailable|timeout)$/);
      fateOf = () => ({ kind: 'answer', status });
      for (const act of [() => troubled.store.commit(aChange(job)), () => troubled.store.load('job-1')]) {
        const ms = await msOf(() => expect(act()).rejects.toMatchObject({ code }));
        expect(ms).toBeLessThan(3_000);
      }
    },
  );

  test('a commit that is aborted while somebody else commits is a conflict as soon as that is done', async () => {
    const { troubled, calm } = await openBoth();
    const job = await created(troubled);
    const theirs = (await calm.store.load('job-1'))!;
    fromNowOn('Commit', (nth) => (nth <= 4 ? { kind: 'answer', status: 10 } : pass));
    const ours = troubled.store.commit(aChange(job));
    expect(await calm.store.commit(aChange(theirs))).toBe('committed');
    expect(await ours).toBe('conflict');
    expect(troubled.store.usage()).toMatchObject({ conflicts: 1, writes: 1 });
    expect(proxy.calls.length).toBe(1 + 4 + 1);
  });

  test.each([
    ['PERMISSION_DENIED', 7, 'no', 'store_denied', /grant it roles\/datastore.user on project test-/],
    ['UNAUTHENTICATED', 16, 'who?', 'store_denied', /gcloud auth application-default login/],
    [
      'NOT_FOUND',
      5,
      'The database (default) does not exist for project x',
      'store_missing',
      /gcloud firestore databases create/,
    ],
    ['FAILED_PRECONDITION', 9, 'The query requires an index.', 'store_index_missing', /firestore\.indexes\.json/],
    [
      'FAILED_PRECONDITION',
      9,
      'The Cloud Firestore API is not available for Firestore in Datastore Mode database projects/x/databases/(default).',
      'store_missing',
      /Datastore mode.*--type firestore-native/,
    ],
    [
      'FAILED_PRECONDITION',
      9,
      'The customer-managed encryption key required by the requested resource is not accessible.',
      'store_denied',
      /encryption key.*enable/,
    ],
    ['INVALID_ARGUMENT', 3, 'too long', 'store_refused', /too long/],
  ])('%s (%i, "%s") is told in words and not tried again', async (_, status, message, code, words) => {
    const { troubled } = await openBoth();
    fateOf = () => ({ kind: 'answer', status, message });
    const failure = { code, message: expect.stringMatching(words) };
    await expect(troubled.store.findDue(1, 1)).rejects.toMatchObject(failure);
    await expect(troubled.store.create(aJob().build(), [])).rejects.toMatchObject(failure);
    expect(proxy.calls).toEqual(['RunQuery', 'Commit']);
  });

  test('FAILED_PRECONDITION is no conflict where nothing was asked on a condition', async () => {
    const { troubled } = await openBoth();
    const job = await created(troubled);
    fromNowOn('Commit', () => ({ kind: 'answer', status: 9, message: 'something that nobody has heard of' }));
    const large = Object.fromEntries(Array.from({ length: 5 }, (_, at) => [at, succeeded(String(at).repeat(1e6))]));
    const failure = {
      code: 'store_refused',
      message: expect.stringMatching(/not in a state to serve .*nobody has heard of/),
    };
    await expect(troubled.store.commit(aChange(job, { nodes: large }))).rejects.toMatchObject(failure);
    expect(proxy.calls).toEqual(['Commit', 'Commit']);
  });

  test('a commit whose answer is lost is rejected, and its change is there once', async () => {
    const { troubled, calm } = await openBoth();
    const job = await created(troubled);
    fromNowOn('Commit', (nth) => (nth === 1 ? { kind: 'loseAnswer' } : pass));
    await expect(troubled.store.commit(aChange(job))).rejects.toMatchObject({ code: 'store_unavailable' });
    expect((await calm.store.load('job-1'))?.header.version).toBe(2);
    expect(await seqs(calm)).toEqual([1, 2]);
    expect(await troubled.store.commit(aChange(job))).toBe('conflict');
    expect(await troubled.store.commit(aChange((await troubled.store.load('job-1'))!))).toBe('committed');
  });

  test('J8: a job whose creation lost its answer is found there by the next try', async () => {
    const { troubled, calm } = await openBoth();
    fromNowOn('Commit', (nth) => (nth === 1 ? { kind: 'loseAnswer' } : pass));
    const job = aJob().withKey('k').build();
    await expect(troubled.store.create(job, [])).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await troubled.store.create(job, [])).toMatchObject({ kind: 'exists', jobId: 'job-1' });
    expect(await calm.store.load('job-1')).toEqual(job);
    expect(await troubled.store.commit(aChange(job))).toBe('committed');
  });

  test('silence is a timeout; a write is not tried again after it, for it may still happen', async () => {
    const { troubled } = await openBoth(400);
    const job = await created(troubled);
    fateOf = () => ({ kind: 'silence' });
    const timeout = { code: 'store_timeout' };
    expect(await msOf(() => expect(troubled.store.commit(aChange(job))).rejects.toMatchObject(timeout))).toBeLessThan(
      3_000,
    );
    expect(await msOf(() => expect(troubled.store.load('job-1')).rejects.toMatchObject(timeout))).toBeLessThan(3_000);
    expect(proxy.calls).toEqual(['Commit', 'Commit', 'BatchGetDocuments', 'BatchGetDocuments']);
  });

  test('a commit that comes after it was given up changes nothing that was stored meanwhile', async () => {
    const { troubled, calm } = await openBoth(400);
    const job = await created(troubled);
    fromNowOn('Commit', (nth) => (nth === 1 ? { kind: 'late', ms: 700 } : pass));
    const late = aChange(job, { header: { state: 'waiting' } });
    await expect(troubled.store.commit(late)).rejects.toMatchObject({ code: 'store_timeout' });
    const loaded = (await troubled.store.load('job-1'))!;
    expect(await troubled.store.commit(aChange(loaded, { header: { state: 'running' } }))).toBe('committed');
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect((await calm.store.load('job-1'))?.header).toMatchObject({ state: 'running', version: 2 });
    expect(await seqs(calm)).toEqual([1, 2]);
  });

  const aParcel = (leaseUntil = 1): Parcel => ({ owner: 'one', claimedAt: 1, leaseUntil, claims: [], events: [] });

  test('a parcel whose claim lost its answer belongs to the one who asks again', async () => {
    const { troubled, calm } = await openBoth();
    fromNowOn('Commit', (nth) => (nth === 1 ? { kind: 'loseAnswer' } : pass));
    await expect(troubled.parcels.claim('job-1', 'p', aParcel())).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await troubled.parcels.claim('job-1', 'p', aParcel())).toEqual({ kind: 'claimed' });
    expect(await calm.parcels.claim('job-1', 'p', { ...aParcel(), owner: 'two' })).toEqual({
      kind: 'taken',
      owner: 'one',
    });
  });

  test('what was put into a parcel and comes late replaces nothing newer', async () => {
    const { troubled, calm } = await openBoth(400);
    await troubled.parcels.claim('job-1', 'p', aParcel());
    fromNowOn('Commit', (nth) => (nth === 1 ? { kind: 'late', ms: 600 } : pass));
    await expect(troubled.parcels.put('job-1', 'p', aParcel(2))).rejects.toMatchObject({ code: 'store_timeout' });
    await troubled.parcels.put('job-1', 'p', aParcel(3));
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect((await calm.parcels.read('job-1', ['p']))[0]?.leaseUntil).toBe(3);
  });

  test.each<[string, Fate]>([
    ['slow', { kind: 'late', ms: 200 }],
    ['aborted', { kind: 'answer', status: 10 }],
    ['not answered', { kind: 'loseAnswer' }],
  ])('of two puts at once the later one stays, where the commit of the first is %s', async (_, fate) => {
    const { troubled, calm } = await openBoth();
    await troubled.parcels.claim('job-1', 'p', aParcel());
    fromNowOn('Commit', (nth) => (nth === 1 ? fate : pass));
    const [, second] = await Promise.allSettled(
      [2, 3].map((until) => troubled.parcels.put('job-1', 'p', aParcel(until))),
    );
    expect(second).toMatchObject({ status: 'fulfilled' });
    expect((await calm.parcels.read('job-1', ['p']))[0]?.leaseUntil).toBe(3);
  });
});
