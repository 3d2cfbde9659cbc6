import { describe, expect, test } from '@jest/globals';
import { createMemoryJobStore } from '../../shared/adapters/memory/job-store.ts';
import { CodedError } from '../../shared/core/error.ts';
import { listRetries, type RetryPage, type RetryQuery } from '../../shared/engine/list-retries.ts';
import { applyToJob, type Job, type JobEvent, type JobSpec, newJob, nodeIdAt } from '../../shared/jobs/index.ts';

const start = 1_000_000;

describe('listing the retries of all jobs', () => {
  test('finds them in every state of a job that may hold one, and the soonest comes first', async () => {
    const jobs = [
      aJob('retrying', [30]),
      aJob('running', [10], ['claimed']),
      aJob('queued', [50], ['ready']),
      aJob('paused', [20], [], [{ kind: 'paused', by: 'ada' }]),
      aJob('recovering', [40], ['lost']),
    ];
    expect(jobs.map(({ header }) => header.state)).toEqual(jobs.map(({ id }) => id));
    const { retries, nextPageToken } = await listIn(await aStore(...jobs), { size: 10 });
    expect(namesOf(retries)).toEqual(['running n0', 'paused n0', 'retrying n0', 'recovering n0', 'queued n0']);
    expect(retries[0]!.run).toMatchObject({ attempt: 1, retryAt: start + 10, failures: 1, failure: { code: 'busy' } });
    expect(nextPageToken).toBeUndefined();
  });

  test('does not read jobs that have ended or cannot have any', async () => {
    const ended = aJob('ended', [10], [], [{ kind: 'cancelled', by: 'ada' }]);
    const store = await aStore(ended, aJob('late', [], ['delay']), aJob('open', [10]));
    const { read, load } = counting(store);
    const { retries } = await listRetries(store, load, { size: 10 });
    expect([namesOf(retries), read]).toEqual([['open n0'], ['open']]);
  });

  test('can be for jobs of one name', async () => {
    const store = await aStore(aJob('a', [10], [], [], 'order'), aJob('b', [20], [], [], 'refund'));
    expect(namesOf((await listIn(store, { size: 10, name: 'refund' })).retries)).toEqual(['b n0']);
  });

  test.each([1, 2, 3, 7, 200])('shows each once in pages of %i, of many jobs and of wide ones', async (size) => {
    const wide = Array.from({ length: 25 }, (_, at) => 1_000 - at);
    const jobs = Array.from({ length: 45 }, (_, at) =>
      aJob(`job-${at}`, at % 9 === 0 ? wide : at % 2 ? [at] : [], ['claimed']),
    );
    const store = await aStore(...jobs);
    const pages = await allPages(store, size);
    const seen = pages.flatMap(({ retries }) => namesOf(retries));
    expect(seen).toHaveLength(5 * 25 + 20);
    expect(new Set(seen).size).toBe(seen.length);
    for (const { retries } of pages) {
      expect(retries.length).toBeLessThanOrEqual(size);
      const times = retries.map(({ run }) => run.retryAt);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
  });

  test('loses none that stands all the while, whatever comes, ends and changes between two pages', async () => {
    const jobs = Array.from({ length: 60 }, (_, at) => aJob(`job-${at}`, [at + 1, at + 2]));
    const store = await aStore(...jobs);
    const gone = new Set<string>();
    let seen: string[] = [];
    for (let token: string | undefined, page = 0; page === 0 || token !== undefined; page++) {
      const { retries, nextPageToken } = await listIn(store, { size: 3, ...(token && { pageToken: token }) });
      seen = [...seen, ...namesOf(retries)];
      token = nextPageToken;
      const leaving = retries.at(-1)?.job.id;
      if (leaving !== undefined && page % 2 === 0) {
        gone.add(leaving);
        await change(store, leaving, { kind: 'cancelled', by: 'ada' });
      }
      await change(store, `job-${59 - page}`, { kind: 'paused', by: 'ada' });
      const late = aJob(`late-${page}`, [1], [], [], 'job', start + 1);
      await store.create(late, []);
    }
    const standing = jobs.filter(({ id }) => !gone.has(id)).flatMap(({ id }) => [`${id} n0`, `${id} n1`]);
    expect(seen).toEqual(expect.arrayContaining(standing));
    expect(seen.filter((each, at) => seen.indexOf(each) !== at)).toEqual([]);
  });

  test('looks at no more than 200 jobs for a page, and the next one goes on behind them', async () => {
    const store = await aStore(
      aJob('the-oldest', [10], [], [], 'job', start - 1),
      ...Array.from({ length: 230 }, (_, at) => aJob(`idle-${at}`, [], ['claimed'])),
    );
    const { read, load } = counting(store);
    const first = await listRetries(store, load, { size: 10 });
    expect([first.retries, read.length, first.nextPageToken]).toEqual([[], 200, expect.any(String)]);
    const second = await listRetries(store, load, { size: 10, pageToken: first.nextPageToken! });
    expect([namesOf(second.retries), second.nextPageToken]).toEqual([['the-oldest n0'], undefined]);
  });

  test('a page that ends amid the jobs is gone on with there, and a full last page has none behind it', async () => {
    const store = await aStore(...Array.from({ length: 100 }, (_, at) => aJob(`job-${at}`, [1])));
    const lists: unknown[] = [];
    const list: Store['list'] = (query) => {
      lists.push(query.pageToken);
      return store.list(query);
    };
    const listSome = (query: RetryQuery) => listRetries({ list }, (jobId) => store.load(jobId), query);
    const first = await listSome({ size: 90 });
    expect(lists.splice(0)).toHaveLength(5);
    const last = await listSome({ size: 10, pageToken: first.nextPageToken! });
    expect([lists.length, last.retries.length, last.nextPageToken]).toEqual([1, 10, undefined]);
  });

  test('a job that cannot be read does not hide the others; a store that does not answer is told', async () => {
    const store = await aStore(aJob('a', [10]), aJob('b', [20]));
    const loadUnless = (code: string) => async (jobId: string) => {
      if (jobId === 'a') throw new CodedError(code, 'no');
      return store.load(jobId);
    };
    const listed = await listRetries(store, loadUnless('store_too_new'), { size: 10 });
    expect(namesOf(listed.retries)).toEqual(['b n0']);
    await expect(listRetries(store, loadUnless('store_unavailable'), { size: 10 })).rejects.toThrow('no');
  });

  test.each([
    '',
    'forged',
    tokenOf('text'),
    tokenOf([null]),
    tokenOf([null, 1, 'job']),
    tokenOf([null, 1, 'job', -5]),
    tokenOf([null, 1, 'job', 0.5]),
    tokenOf(['forged']),
  ])('a page token that is none ("%s") is a coded error', async (pageToken) => {
    const listed = listIn(await aStore(), { size: 10, pageToken });
    await expect(listed).rejects.toMatchObject({ code: 'page_token_invalid' });
  });
});

type Store = ReturnType<typeof createMemoryJobStore>;

const listIn = (store: Store, query: RetryQuery) => listRetries(store, (jobId) => store.load(jobId), query);

function counting(store: Store): { read: string[]; load(jobId: string): Promise<Job | undefined> } {
  const read: string[] = [];
  return {
    read,
    load(jobId) {
      read.push(jobId);
      return store.load(jobId);
    },
  };
}

const namesOf = (retries: RetryPage['retries']) => retries.map(({ job, node }) => `${job.id} ${nodeIdAt(job, node)}`);

async function allPages(store: Store, size: number): Promise<RetryPage[]> {
  const pages = [await listIn(store, { size })];
  for (let token = pages[0]!.nextPageToken; token !== undefined; token = pages.at(-1)!.nextPageToken) {
    expect(pages.length).toBeLessThan(200);
    pages.push(await listIn(store, { size, pageToken: token }));
  }
  return pages;
}

async function aStore(...jobs: readonly Job[]): Promise<Store> {
  const store = createMemoryJobStore();
  for (const job of jobs) await store.create(job, []);
  return store;
}

async function change(store: Store, jobId: string, event: JobEvent): Promise<void> {
  const before = (await store.load(jobId))!;
  const { job: after } = applyToJob(before, event, start + 5);
  if (after !== before) await store.commit({ before, after, pages: [0], results: [], audit: [], sessions: [] });
}

/** A job with a node for each retry, due so many milliseconds after the start, and others beside. */
function aJob(
  id: string,
  retriesInMs: readonly number[],
  others: readonly ('claimed' | 'ready' | 'delay' | 'lost')[] = [],
  then: readonly JobEvent[] = [],
  name = 'job',
  submittedAt = start,
): Job {
  const retrying = retriesInMs.map((delay, at) => aNode(`n${at}`, delay));
  const beside = others.map((what, at) =>
    what === 'delay' ? ({ id: what, type: 'delay', delay: 1_000 } as const) : aNode(`${what}-${at}`, 0),
  );
  const spec: JobSpec = { name, nodes: [...retrying, ...beside] };
  const failure = { code: 'busy', message: 'come back later' };
  const events: JobEvent[] = [
    { kind: 'submitted' },
    ...retrying.flatMap((_, node): JobEvent[] => [
      claimOf(node),
      { kind: 'failed', node, attempt: 1, failure, chance: 0 },
    ]),
    ...others.flatMap((what, at): JobEvent[] => {
      const node = retrying.length + at;
      if (what === 'lost')
        return [claimOf(node), { kind: 'leaseLost', node, attempt: 1, because: 'executorGone', chance: 0 }];
      return what === 'claimed' ? [claimOf(node)] : [];
    }),
    ...then,
  ];
  return events.reduce((job, event) => applyToJob(job, event, start).job, newJob({ id, spec }, submittedAt));
}

function aNode(id: string, delay: number): JobSpec['nodes'][number] {
  return { id, type: 'function', handler: 'work', retry: { strategy: 'fixed', delay } };
}

function claimOf(node: number): JobEvent {
  return { kind: 'claimed', node, attempt: 1, owner: 'engine-1', leaseUntil: start + 30_000 };
}

function tokenOf(parts: unknown): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}
