import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type AuditLine,
  fingerprintOf,
  type Job,
  type JobSpec,
  type JobState,
  type NodeRun,
  verifyAudit,
} from '../../shared/jobs/index.ts';
import type { JobChange, JobStore } from '../../shared/ports/index.ts';
import { aChange, aJob, aLine, blockedItem, type ChangeParts, running, succeeded } from '../support/a-job.ts';
import { aSealedAudit } from '../support/a-sealed-audit.ts';

export interface OpenStore {
  readonly store: JobStore;
  /** The same store as a new process would meet it; itself, when it does not outlive its process. */
  reopen(): JobStore | Promise<JobStore>;
  close(): void | Promise<void>;
}

/** What every JobStore promises. */
export function describeJobStore(name: string, open: () => OpenStore | Promise<OpenStore>): void {
  describe(`${name} as a JobStore`, () => {
    let opened: OpenStore;
    let store: JobStore;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.close());

    async function create(job: Job, lines = 1): Promise<Job> {
      const created = { ...job, header: { ...job.header, auditCount: lines } };
      const audit = Array.from({ length: lines }, (_, at) => aLine(at + 1, { event: 'submitted' }));
      expect(await store.create(created, audit)).toEqual({ kind: 'created' });
      return created;
    }

    async function commit(before: Job, parts?: ChangeParts): Promise<Job> {
      const change = aChange(before, parts);
      expect(await store.commit(change)).toBe('committed');
      return change.after;
    }

    const seqsOf = async (jobId: string, after = 0, limit = 10_000) =>
      (await store.readAudit(jobId, after, limit)).map(({ seq }) => seq);
    const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, at) => first + at);

    describe('creating', () => {
      test('a created job is there with its audit', async () => {
        const job = await create(aJob().withNode('pay').withNode('ship', 'pay').build(), 2);
        expect(await store.load('job-1')).toEqual(job);
        expect(await store.readAudit('job-1', 0, 10)).toEqual([
          aLine(1, { event: 'submitted' }),
          aLine(2, { event: 'submitted' }),
        ]);
      });

      test('an unknown job is undefined and has no audit', async () => {
        expect(await store.load('nobody')).toBeUndefined();
        expect(await store.readAudit('nobody', 0, 10)).toEqual([]);
      });

      test('who says what it knows is given the newest all the same', async () => {
        const job = await create(aJob().withNodes(450).build());
        expect(await store.load('job-1', job)).toEqual(job);
        const second = await commit(job, { nodes: { 300: succeeded('done') } });
        expect(await store.load('job-1', job)).toEqual(second);
        expect(await store.load('job-1', second)).toEqual(second);
        const elsewhere = await opened.reopen();
        expect(await elsewhere.load('job-1', job)).toEqual(second);
      });

      test('an id that is taken answers with its job and changes nothing', async () => {
        const job = await create(aJob().named('first').build());
        const again = aJob().named('second').build();
        expect(await store.create(again, [aLine(1), aLine(2)])).toEqual({ kind: 'exists', jobId: 'job-1' });
        expect(await store.load('job-1')).toEqual(job);
        expect(await seqsOf('job-1')).toEqual([1]);
      });

      test('J9: a key that is taken answers with the job that has it and its fingerprint', async () => {
        await create(aJob('job-1').withKey('k', 'print').build());
        const verdict = await store.create(aJob('job-2').withKey('k', 'other').build(), []);
        expect(verdict).toEqual({
          kind: 'exists',
          jobId: 'job-1',
          idempotency: { key: 'k', fingerprint: 'print' },
        });
        expect(await store.load('job-2')).toBeUndefined();
      });

      test('J9: a key wins over an id', async () => {
        await create(aJob('job-1').withKey('k').build());
        await create(aJob('job-2').build());
        expect(await store.create(aJob('job-2').withKey('k').build(), [])).toMatchObject({ jobId: 'job-1' });
      });

      test('J9: of many creations with one key at the same time exactly one succeeds', async () => {
        const ids = upTo(20).map((at) => `job-${at}`);
        const verdicts = await Promise.all(ids.map((id) => store.create(aJob(id).withKey('k').build(), [])));
        expect(verdicts.filter(({ kind }) => kind === 'created')).toHaveLength(1);
        const winner = ids[verdicts.findIndex(({ kind }) => kind === 'created')];
        expect(new Set(verdicts.flatMap((each) => (each.kind === 'exists' ? [each.jobId] : [])))).toEqual(
          new Set([winner]),
        );
        expect((await store.list({ size: 50 })).jobs.map(({ jobId }) => jobId)).toEqual([winner]);
      });
    });

    describe('committing', () => {
      test('a commit replaces the job', async () => {
        const job = await create(aJob().build());
        const after = await commit(job, { nodes: { 0: running }, header: { state: 'running', nextCheckAt: 32_000 } });
        expect(await store.load('job-1')).toEqual(after);
      });

      test('a commit on another version than the stored one is a conflict and writes nothing', async () => {
        const job = await create(aJob().build());
        const after = await commit(job, { header: { state: 'running' } });
        const late = aChange(job, {
          header: { state: 'failed' },
          nodes: { 0: succeeded('x'.repeat(5_000)) },
          audit: 40,
        });
        expect(await store.commit(late)).toBe('conflict');
        expect(await store.load('job-1')).toEqual(after);
        expect(await seqsOf('job-1')).toEqual([1, 2]);
      });

      test('a commit on a job that is not there is a conflict', async () => {
        expect(await store.commit(aChange(aJob('nobody').build()))).toBe('conflict');
        expect(await store.load('nobody')).toBeUndefined();
      });

      test('of two commits on one version at the same time one is a conflict, and other jobs do not feel it', async () => {
        const [one, two] = [await create(aJob('job-1').build()), await create(aJob('job-2').build())];
        const verdicts = await Promise.all([
          store.commit(aChange(one, { header: { state: 'running' } })),
          store.commit(aChange(one, { header: { state: 'waiting' } })),
          store.commit(aChange(two, { header: { state: 'running' } })),
        ]);
        expect(verdicts.toSorted()).toEqual(['committed', 'committed', 'conflict']);
        expect(verdicts[2]).toBe('committed');
        const winner = verdicts[0] === 'committed' ? 'running' : 'waiting';
        expect((await store.load('job-1'))?.header.state).toBe(winner);
        expect((await store.load('job-2'))?.header.version).toBe(2);
      });

      test('commits in a row may be asked for without waiting', async () => {
        const changes: JobChange[] = [];
        let job = await create(aJob().build());
        for (let at = 0; at < 10; at++) {
          changes.push(aChange(job));
          job = changes.at(-1)!.after;
        }
        expect(await Promise.all(changes.map((change) => store.commit(change)))).toEqual(Array(10).fill('committed'));
        expect(await store.load('job-1')).toEqual(job);
        expect(await seqsOf('job-1')).toEqual(upTo(11));
      });

      test('what was given and what was loaded before does not change with a commit', async () => {
        const job = await create(aJob().withNode('a').withNode('b', 'a').build());
        const loaded = await store.load('job-1');
        const copy = structuredClone(job);
        await commit(job, { nodes: { 0: succeeded(1) }, header: { state: 'running' } });
        expect(job).toEqual(copy);
        expect(loaded).toEqual(copy);
      });
    });

    describe('after a restart', () => {
      test('a job is equal to what was committed, with every kind of field', async () => {
        const job = await create(
          aJob()
            .withInput({ text: 'ü "quoted" \n \u{1f6a2}', list: [1, null, true], big: 1.5e300 })
            .withKey('k')
            .withHeader({
              parent: { jobId: 'job-0', nodeId: 'child', attempt: 2, depth: 1 },
              inbox: [{ id: 's', name: 'go', data: { a: 1 }, at: 5.5 }],
              signalIds: ['s'],
              requests: [{ key: 'request-1', asked: 'a1B2' }],
              deadlineAt: 9_999_999.5,
            })
            .withNode('a')
            .withNode('b', 'a')
            .build(),
        );
        const after = await commit(job, {
          nodes: { 0: { ...succeeded(), state: 'failed', failure: { code: 'oops', message: 'it broke' } } },
          header: { state: 'failed', endedAt: 4_000.0625, failure: { code: 'node_failed', message: 'a failed' } },
          without: ['nextCheckAt'],
        });
        store = await opened.reopen();
        expect(await store.load('job-1')).toEqual(after);
        expect(await store.create(aJob('job-2').withKey('k').build(), [])).toMatchObject({ jobId: 'job-1' });
        expect(await seqsOf('job-1')).toEqual([1, 2]);
      });

      test('blocked nodes have the counts that follow from their dependencies', async () => {
        const job = await create(
          aJob().withNode('a').withNode('b').withNode('c', 'a', 'b').withNode('d', 'c', 'a').build(),
        );
        const skipped = { ...succeeded(), state: 'skipped' } as const;
        await commit(await commit(job, { nodes: { 0: succeeded(1) } }), { nodes: { 1: skipped } });
        store = await opened.reopen();
        expect((await store.load('job-1'))?.pages[0]?.nodes.slice(2)).toEqual([
          { state: 'blocked', unsettled: 0, succeeded: 1 },
          { state: 'blocked', unsettled: 1, succeeded: 1 },
        ]);
      });

      test('results small and large come back where they were', async () => {
        const large = { rows: Array.from({ length: 300 }, (_, at) => ({ at, text: `row "${at}"` })) };
        const job = await create(aJob().withNodes(5).build());
        const one = await commit(job, { nodes: { 0: succeeded(large), 1: succeeded('é'.repeat(40_000)) } });
        const two = await commit(one, { nodes: { 2: succeeded({ small: [] }), 3: succeeded(null) } });
        store = await opened.reopen();
        expect(await store.load('job-1')).toEqual(two);
        const three = await commit((await store.load('job-1'))!, { nodes: { 4: succeeded([large]) } });
        store = await opened.reopen();
        expect(await store.load('job-1')).toEqual(three);
      });

      test('a job of many pages comes back whole, whichever of them changed', async () => {
        const wide = aJob().withNodes(1_000);
        const job = await create(wide.withNode('join', ...upTo(999, 0).map((at) => `n${at}`)).build());
        expect(job.pages).toHaveLength(6);
        const one = await commit(job, { nodes: { 0: succeeded(1), 450: succeeded('x'.repeat(3_000)) } });
        const two = await commit(one, { nodes: { 451: running, 999: succeeded(2) }, audit: 200 });
        store = await opened.reopen();
        const loaded = await store.load('job-1');
        expect(loaded).toEqual(two);
        expect(loaded?.pages[5]?.nodes).toEqual([{ state: 'blocked', unsettled: 997, succeeded: 3 }]);
      });

      test('a job that outgrows its first page keeps that page', async () => {
        const job = await create(aJob().withNodes(150).build());
        const one = await commit(job, { nodes: { 3: succeeded('kept') } });
        const items = Object.fromEntries(upTo(449, 150).map((index) => [index, blockedItem]));
        const two = await commit(one, {
          nodes: items,
          header: { maps: [{ node: 3, first: 150, count: 300 }] },
        });
        expect(two.pages).toHaveLength(3);
        const three = await commit(two, { nodes: { 0: running, 449: running } });
        store = await opened.reopen();
        expect(await store.load('job-1')).toEqual(three);
      });

      test('a job whose first page did not change when it outgrew it keeps that page', async () => {
        const job = await create(aJob().withNodes(200).build());
        const one = await commit(job, { nodes: { 7: succeeded('kept') } });
        const two = await commit(one, { nodes: { 200: blockedItem } });
        store = await opened.reopen();
        expect(await store.load('job-1')).toEqual(two);
      });
    });

    describe('a job that goes on after its end', () => {
      const long = (job: Job, places: number): JobSpec => ({ ...job.spec, input: 'x'.repeat(places) });

      test('nodes that were reset keep the numbers of the attempts that they made', async () => {
        const wide = aJob().withNodes(300).withNode('join', 'n0', 'n299');
        const job = await create(wide.build());
        const all = Object.fromEntries(upTo(299, 0).map((index) => [index, succeeded(index)]));
        const done = await commit(job, { nodes: all, header: { state: 'failed', endedAt: 4_000 } });
        const reset = { ...blockedItem, lastAttempt: 3 };
        const again = await commit(done, {
          nodes: { 0: reset, 299: { ...reset, redoAfter: 2 }, 1: { ...running, attempt: 4, redoAfter: 3 } as NodeRun },
          header: { state: 'running', run: 2, nextCheckAt: 5_000 },
          without: ['endedAt', 'failure'],
        });
        store = await opened.reopen();
        const loaded = await store.load('job-1');
        expect(loaded).toEqual(again);
        expect(loaded?.header).toMatchObject({ run: 2, state: 'running' });
        expect(loaded?.pages[1]?.nodes.slice(-2)).toEqual([
          { state: 'blocked', unsettled: 0, succeeded: 0, lastAttempt: 3, redoAfter: 2 },
          { state: 'blocked', unsettled: 2, succeeded: 0 },
        ]);
        expect(await store.findDue(5_000, 5)).toMatchObject([{ jobId: 'job-1', nextCheckAt: 5_000 }]);
      });

      test.each([
        ['short to short', 10, 20],
        ['short to long', 10, 50_000],
        ['long to short', 50_000, 10],
        ['long to long', 50_000, 50_001],
      ])('with a corrected spec, from %s, it has that one, whoever knew the other', async (_, before, after) => {
        const job = aJob().withNode('a').withNode('b', 'a').build();
        const created = await create({ ...job, spec: long(job, before) });
        const ended = await commit(created, { nodes: { 0: succeeded(1) }, header: { state: 'failed', endedAt: 9 } });
        const spec = { ...long(job, after), priority: 8 };
        const again = await commit(ended, { spec, nodes: { 1: running }, header: { run: 2, state: 'running' } });
        expect(await store.load('job-1', ended)).toEqual(again);
        const next = await commit(again, { header: { checkedAt: 77 } });
        store = await opened.reopen();
        expect(await store.load('job-1', created)).toEqual(next);
        expect(await store.load('job-1')).toEqual(next);
        expect((await store.list({ size: 5 })).jobs).toMatchObject([
          { jobId: 'job-1', priority: 8, fingerprint: fingerprintOf(spec) },
        ]);
      });
    });

    describe('a job that is rolled back', () => {
      test('comes back whole, with the compensations behind its nodes', async () => {
        const wide = aJob().withNodes(300);
        const job = await create(wide.build());
        const all = Object.fromEntries(upTo(299, 0).map((index) => [index, succeeded(index)]));
        const done = await commit(job, { nodes: all, header: { state: 'completed', endedAt: 4_000 } });
        const undos = Object.fromEntries(upTo(599, 300).map((index) => [index, blockedItem]));
        const begun = await commit(done, {
          nodes: undos,
          header: {
            state: 'rolling_back',
            run: 2,
            nextCheckAt: 5_000,
            rollback: { since: 4_500.5, by: 'ada', stage: 'compensating', failure: { code: 'x', message: 'y' } },
            rollbacks: [{ first: 300, spans: [[0, 300, 1]] }],
            paused: { since: 4_600, by: 'rollback', cause: 'compensationFailed' },
          },
          without: ['endedAt'],
          audit: [
            { event: 'rollbackStarted', by: 'ada', run: 2 },
            { event: 'rollbackPlanned', undos: ['undo(n0)'] },
          ],
        });
        const reset = { ...blockedItem, lastAttempt: 3 };
        const two = await commit(begun, { nodes: { 300: running, 450: succeeded('gone'), 599: reset } });
        store = await opened.reopen();
        expect(await store.load('job-1')).toEqual(two);
        expect(await store.readAudit('job-1', 2, 2)).toMatchObject([
          { event: 'rollbackStarted', run: 2 },
          { event: 'rollbackPlanned', undos: ['undo(n0)'] },
        ]);
      });
    });

    describe('audit', () => {
      test.each([1, 3, 31, 32, 33, 63, 64, 65])('lines stay in order without a gap, %i at a time', async (size) => {
        let job = await create(aJob().build());
        while (job.header.auditCount < 200) job = await commit(job, { audit: size });
        store = await opened.reopen();
        job = await commit((await store.load('job-1'))!, { audit: 2 });
        expect(await seqsOf('job-1')).toEqual(upTo(job.header.auditCount));
      });

      test('lines of small and large commits mixed are read from any place in any amount', async () => {
        let job = await create(aJob().build(), 40);
        for (const audit of [0, 5, 70, 1, 31, 32, 2, 0, 500, 3]) job = await commit(job, { audit });
        const last = job.header.auditCount;
        for (const after of [0, 1, 39, 40, 63, 64, 115, last - 4, last - 1, last, last + 5]) {
          for (const limit of [1, 7, 64, 1_000]) {
            const until = Math.min(last, after + limit);
            expect(await seqsOf('job-1', after, limit)).toEqual(after >= last ? [] : upTo(until, after + 1));
          }
        }
      });

      test('a line says all that it said', async () => {
        const line = {
          event: 'failed',
          to: 'retrying',
          failure: { code: 'x', message: 'a\nb' },
          retryAt: 7.5,
        } as const;
        await commit(await create(aJob().build()), { audit: [line] });
        store = await opened.reopen();
        expect(await store.readAudit('job-1', 1, 5)).toEqual([aLine(2, line)]);
      });
    });

    describe('seals', () => {
      test('a line with a seal comes back exactly, and so does the seal that the job keeps', async () => {
        const seal = 'sKXp6JvU1Iw1VahI_Tii-4';
        const job = await commit(await create(aJob().build()), { audit: [{}, { seal }], header: { seal } });
        store = await opened.reopen();
        expect(await store.readAudit('job-1', 1, 5)).toEqual([aLine(2), aLine(3, { seal })]);
        expect((await store.load('job-1'))!.header).toEqual(job.header);
      });

      test('the chain of a job holds in what is read again, however its lines are split up', async () => {
        const { commits, job } = aSealedAudit('engine-1', 60);
        const [first, ...rest] = commits;
        await store.create(first!.after, first!.audit);
        for (const change of rest) expect(await store.commit(change)).toBe('committed');
        store = await opened.reopen();
        const lines: AuditLine[] = [];
        for (let page = await store.readAudit('job-1', 0, 7); page.length > 0; ) {
          lines.push(...page);
          page = await store.readAudit('job-1', lines.length, 7);
        }
        const { auditCount, seal } = job.header;
        expect(auditCount).toBeGreaterThan(130);
        const whole = { kind: 'whole', lines: auditCount, unsealedUntil: 0, seal };
        expect(verifyAudit(lines, (await store.load('job-1'))!)).toEqual(whole);
      });
    });

    describe('what is due', () => {
      const due = async (before: number, limit = 100) => (await store.findDue(before, limit)).map(({ jobId }) => jobId);

      test('a job is due from its very time on', async () => {
        await create(aJob().dueAt(5_000.5).build());
        expect(await due(5_000.4)).toEqual([]);
        expect(await store.findDue(5_000.5, 10)).toEqual([{ jobId: 'job-1', nextCheckAt: 5_000.5 }]);
      });

      test('the longest due comes first, and no more than asked for', async () => {
        for (const at of [7, 3, 9, 1, 5, 11])
          await create(
            aJob(`job-${at}`)
              .dueAt(at * 7_000)
              .build(),
          );
        await create(aJob('job-3b').dueAt(21_000).build());
        expect(await due(63_000)).toEqual(['job-1', 'job-3', 'job-3b', 'job-5', 'job-7', 'job-9']);
        expect(await due(63_000, 2)).toEqual(['job-1', 'job-3']);
        expect(await due(63_000, 2)).toEqual(['job-1', 'job-3']);
        expect(await due(63_000, 0)).toEqual([]);
      });

      test('jobs due within the same moment keep their order', async () => {
        for (const at of [4, 2, 3, 1])
          await create(
            aJob(`job-${5 - at}`)
              .dueAt(50_000 + at / 4)
              .build(),
          );
        for (const id of ['b', 'a', 'c']) await create(aJob(id).dueAt(50_000).build());
        expect(await due(60_000)).toEqual(['a', 'b', 'c', 'job-4', 'job-3', 'job-2', 'job-1']);
        expect(await due(60_000, 4)).toEqual(['a', 'b', 'c', 'job-4']);
      });

      test('the answer is never older than the last commit, wherever the time moves', async () => {
        let job = await create(aJob().dueAt(100_000).build());
        for (const nextCheckAt of [100_001, 250_000, 100, 100_000, 9_999, 10_000, 10_000.5]) {
          job = await commit(job, { header: { nextCheckAt } });
          expect(await due(nextCheckAt - 0.25)).toEqual([]);
          expect(await due(nextCheckAt)).toEqual(['job-1']);
        }
        store = await opened.reopen();
        expect(await store.findDue(1e9, 5)).toEqual([{ jobId: 'job-1', nextCheckAt: 10_000.5 }]);
      });

      test.each<JobState>(['completed', 'failed', 'aborted'])('J4: a job that is %s is never due', async (state) => {
        const job = await create(aJob().dueAt(10).build());
        await create(aJob('job-2').dueAt(10).withHeader({ state, endedAt: 20 }).build());
        await create(aJob('job-3').dueAt(11).build());
        await commit(job, { header: { state, endedAt: 20 }, without: ['nextCheckAt'] });
        expect(await due(Infinity)).toEqual(['job-3']);
      });
    });

    describe('lists', () => {
      const idsOf = async (query: Parameters<JobStore['list']>[0]) =>
        (await store.list(query)).jobs.map(({ jobId }) => jobId);

      async function createSome(): Promise<void> {
        const states = ['pending', 'running', 'completed', 'failed', 'aborted', 'running'] as const;
        for (const [at, state] of states.entries()) {
          const job = await create(
            aJob(`job-${at}`)
              .named(at % 2 === 0 ? 'even' : 'odd')
              .submittedAt(100 * at + 0.5)
              .build(),
          );
          const ended = state === 'completed' || state === 'failed' || state === 'aborted';
          if (ended) await commit(job, { header: { state, endedAt: 900 }, without: ['nextCheckAt'] });
          else await commit(job, { header: { state } });
        }
      }

      test('jobs come newest first and say what is to be known of them', async () => {
        await createSome();
        expect(await idsOf({ size: 10 })).toEqual(['job-5', 'job-4', 'job-3', 'job-2', 'job-1', 'job-0']);
        const { jobs } = await store.list({ size: 2, states: ['failed'] });
        expect(jobs).toEqual([
          {
            jobId: 'job-3',
            name: 'odd',
            state: 'failed',
            priority: 5,
            submittedAt: 300.5,
            endedAt: 900,
            fingerprint: expect.any(String),
          },
        ]);
      });

      test('the fingerprint is that of the spec, and the parent is named', async () => {
        const parent = { jobId: 'job-0', nodeId: 'child', attempt: 1, depth: 1 };
        await create(aJob('job-1').withInput({ a: 1, b: 2 }).withHeader({ parent }).build());
        await create(aJob('job-2').withInput({ b: 2, a: 1 }).build());
        await create(aJob('job-3').withInput({ a: 1, b: 3 }).build());
        const [three, two, one] = (await store.list({ size: 3 })).jobs;
        expect(one?.fingerprint).toBe(two?.fingerprint);
        expect(three?.fingerprint).not.toBe(two?.fingerprint);
        expect([one?.parentJobId, two?.parentJobId]).toEqual(['job-0', undefined]);
      });

      test.each([
        ['states', { states: ['running'] }, ['job-5', 'job-1']],
        ['open states', { states: ['running', 'pending'] }, ['job-5', 'job-1', 'job-0']],
        ['bad endings', { states: ['failed', 'aborted'] }, ['job-4', 'job-3']],
        ['states of both kinds', { states: ['completed', 'pending'] }, ['job-2', 'job-0']],
        ['no state', { states: [] }, []],
        ['name', { name: 'odd' }, ['job-5', 'job-3', 'job-1']],
        ['name and state', { name: 'odd', states: ['running'] }, ['job-5', 'job-1']],
        ['time', { submittedFrom: 100.5, submittedBefore: 300.5 }, ['job-2', 'job-1']],
        ['time and name', { submittedBefore: 300.5, name: 'even' }, ['job-2', 'job-0']],
        ['an unknown name', { name: 'none' }, []],
      ] as const)('they can be chosen by %s', async (_, query, ids) => {
        await createSome();
        expect(await idsOf({ size: 10, ...query })).toEqual(ids);
      });

      async function endSome(): Promise<void> {
        const ends = [
          ['failed', 'http_503'],
          ['failed', 'timeout'],
          ['aborted', 'http_503'],
          ['completed', undefined],
          ['failed', 'http_503'],
        ] as const;
        for (const [at, [state, code]] of ends.entries()) {
          const job = await create(
            aJob(`job-${at}`)
              .named(at % 2 === 0 ? 'even' : 'odd')
              .submittedAt(at)
              .withKey(`k${at}`)
              .build(),
          );
          const failure = code === undefined ? {} : { failure: { code, message: 'it failed' } };
          await commit(job, { header: { state, endedAt: 900, ...failure }, without: ['nextCheckAt'] });
        }
      }

      test.each([
        ['the code of their failure', { failureCode: 'http_503' }, ['job-4', 'job-2', 'job-0']],
        ['code and state', { failureCode: 'http_503', states: ['failed'] }, ['job-4', 'job-0']],
        ['code and name', { failureCode: 'timeout', name: 'odd' }, ['job-1']],
        ['code, name and state', { failureCode: 'http_503', name: 'even', states: ['aborted'] }, ['job-2']],
        ['code and time', { failureCode: 'http_503', submittedFrom: 1, submittedBefore: 4 }, ['job-2']],
        ['code and key', { failureCode: 'http_503', idempotencyKey: 'k4' }, ['job-4']],
        ['the code of another', { failureCode: 'timeout', idempotencyKey: 'k4' }, []],
        ['an unknown code', { failureCode: 'other' }, []],
      ] as const)('those that have ended can be chosen by %s', async (_, query, ids) => {
        await endSome();
        expect(await idsOf({ size: 10, ...query })).toEqual(ids);
      });

      test('a job that goes on again is found by no failure, and by the next one when it has that', async () => {
        await endSome();
        const ended = (await store.load('job-4'))!;
        const again = await commit(ended, {
          header: { state: 'queued', nextCheckAt: 5 },
          without: ['endedAt', 'failure'],
        });
        expect(await idsOf({ size: 10, failureCode: 'http_503' })).toEqual(['job-2', 'job-0']);
        const failure = { code: 'timeout', message: 'it took too long' };
        await commit(again, { header: { state: 'failed', endedAt: 950, failure }, without: ['nextCheckAt'] });
        expect(await idsOf({ size: 10, failureCode: 'timeout' })).toEqual(['job-4', 'job-1']);
      });

      test('pages follow one another without a gap or a repeat while jobs come and change', async () => {
        for (let at = 0; at < 25; at++)
          await create(
            aJob(`job-${at}`)
              .submittedAt(Math.floor(at / 3))
              .build(),
          );
        const expected = await idsOf({ size: 100 });
        const inTies = (id: string) => `${Math.floor(Number(id.slice(4)) / 3) + 100} ${id}`;
        expect(expected).toEqual(expected.toSorted((a, b) => (inTies(a) < inTies(b) ? 1 : -1)));
        const seen: string[] = [];
        let pageToken: string | undefined;
        do {
          const page = await store.list({ size: 4, ...(pageToken !== undefined && { pageToken }) });
          seen.push(...page.jobs.map(({ jobId }) => jobId));
          pageToken = page.nextPageToken;
          await create(aJob(`new-${seen.length}`).submittedAt(1_000).build());
          await commit((await store.load(seen.at(-1)!))!, { header: { state: 'running' } });
        } while (pageToken !== undefined);
        expect(seen).toEqual(expected);
      });

      test('the last page has no token, even when it is full', async () => {
        for (let at = 0; at < 4; at++) await create(aJob(`job-${at}`).build());
        const first = await store.list({ size: 2 });
        const last = await store.list({ size: 2, pageToken: first.nextPageToken! });
        expect([last.jobs.length, last.nextPageToken]).toEqual([2, undefined]);
        expect(await store.list({ size: 4 })).not.toHaveProperty('nextPageToken');
      });

      test('an idempotency key finds its job', async () => {
        await create(aJob('with').withKey('k').build());
        await create(aJob('without').build());
        expect(await idsOf({ size: 5, idempotencyKey: 'k' })).toEqual(['with']);
        expect(await idsOf({ size: 5, idempotencyKey: 'other' })).toEqual([]);
      });

      test('a page token holds after a restart, with filters', async () => {
        await createSome();
        const first = await store.list({ size: 1, name: 'odd', states: ['running'] });
        store = await opened.reopen();
        const query = { size: 5, name: 'odd', states: ['running'], pageToken: first.nextPageToken! } as const;
        expect(await idsOf(query)).toEqual(['job-1']);
      });

      test.each(['', 'nonsense', 'WzFd'])('a page token that is none ("%s") is a coded error', async (pageToken) => {
        await expect(store.list({ size: 5, pageToken })).rejects.toMatchObject({ code: 'page_token_invalid' });
      });
    });

    describe('usage', () => {
      const cost = async (act: () => Promise<unknown>) => {
        const before = store.usage();
        await act();
        const after = store.usage();
        return { writes: after.writes - before.writes, reads: after.reads - before.reads };
      };

      test('creating or changing a job of one page is one write', async () => {
        const job = aJob().withNodes(5).build();
        expect(await cost(() => create(job))).toMatchObject({ writes: 1 });
        const created = (await store.load('job-1'))!;
        expect(await cost(() => commit(created, { nodes: { 0: succeeded('small') } }))).toMatchObject({ writes: 1 });
      });

      test('a chain of 5 takes at most 1.4 writes a node', async () => {
        const used = await cost(async () => {
          let job = await create(aJob().withNodes(5).build(), 2);
          job = await commit(job, { nodes: { 0: running }, audit: 3 });
          for (let at = 0; at < 4; at++) {
            job = await commit(job, { nodes: { [at]: succeeded(at), [at + 1]: running }, audit: 3 });
          }
          await commit(job, { nodes: { 4: succeeded(4) }, header: { state: 'completed' }, audit: 2 });
        });
        expect(used).toEqual({ writes: 7, reads: 0 });
      });

      test('pages, large results, a chunk of audit and a long spec are a write more each', async () => {
        const job = aJob('wide').withNodes(450).build();
        expect(await cost(() => create(job))).toMatchObject({ writes: 1 + 3 + 1 });
        const created = (await store.load('wide'))!;
        const nodes = { 0: succeeded('x'.repeat(2_000)), 1: succeeded('small'), 300: succeeded('y'.repeat(2_000)) };
        expect(await cost(() => commit(created, { nodes, audit: 40 }))).toMatchObject({ writes: 1 + 2 + 2 + 1 });
        expect(await cost(() => store.load('wide'))).toEqual({ writes: 0, reads: expect.any(Number) });
      });

      test('a page is written no more than it must be when a job outgrows its first one', async () => {
        const created = await create(aJob().withNodes(200).build());
        expect(await cost(() => commit(created, { nodes: { 200: blockedItem } }))).toMatchObject({ writes: 3 });
      });

      test('commits and conflicts are counted, and a conflict writes nothing', async () => {
        const job = await create(aJob().build());
        await commit(job);
        expect(await cost(() => store.commit(aChange(job)))).toMatchObject({ writes: 0 });
        expect(store.usage()).toMatchObject({ commits: 2, conflicts: 1 });
      });
    });
  });
}
