import { beforeEach, describe, expect, test } from '@jest/globals';
import { createMemoryJobStore } from '../../../shared/adapters/memory/job-store.ts';
import type { JobStore } from '../../../shared/ports/index.ts';
import { anEngine } from '../../support/an-engine.ts';
import { handlerCaller, jobOf } from './shapes.ts';
import type { Accepted } from './submit-plans.ts';
import type { Call } from './target.ts';
import { judgeRun } from './verdict.ts';

const call = handlerCaller(1_000);
const document = jobOf('one', [{ id: 'a', ...call({}) }]);

describe('the verdict', () => {
  let store: JobStore;
  let calls: Call[];
  let accepted: Accepted[];
  let judge: (stored?: Partial<JobStore>) => ReturnType<typeof judgeRun>;

  /** A job of one node: its first call fails, the second is answered. */
  beforeEach(async () => {
    calls = [];
    store = createMemoryJobStore();
    const { clock, submit } = await anEngine({
      store,
      register: (engine) =>
        engine.registerHandler('call', (_, { jobId, nodeId, attempt }) => {
          const fate = attempt === 1 ? 'unavailable' : 'answered';
          const said = { node: nodeId, attempt, call: attempt };
          calls.push({ jobId, nodeId, attempt, pid: 1, at: clock.now(), fate, said, saidAt: clock.now() });
          if (fate === 'unavailable') throw Object.assign(new Error('no'), { code: 'http_503' });
          return said;
        }),
    });
    const jobId = await submit(document);
    await clock.advance(5_000);
    accepted = [{ jobId, plan: { name: 'one', document, ends: 'completed' } }];
    judge = (stored = {}) => judgeRun({ ...store, ...stored }, accepted, calls, clock.now(), () => {});
  });

  test('on a job that went as it should has no fault in it and counts its calls', async () => {
    expect(await judge()).toEqual({
      completed: 1,
      completable: 1,
      lost: [],
      stuck: [],
      doubleSettled: [],
      unlawful: [],
      failed: { asTheyMust: 0, outOfAttempts: 0 },
      failedWithoutTale: [],
      nodes: 1,
      calls: { made: 2, again: { afterFailure: 1, afterLoss: 0 }, doneTwice: 0 },
    });
  });

  test('names an accepted job that is not stored', async () => {
    const verdict = await judge({ list: async () => ({ jobs: [] }) });
    expect(verdict.lost).toContain(`job ${accepted[0]!.jobId} was accepted and is not stored`);
    expect(verdict.completed).toBe(0);
  });

  test('names a job that did not end', async () => {
    const load: JobStore['load'] = async (jobId) => {
      const job = (await store.load(jobId))!;
      return { ...job, header: { ...job.header, state: 'retrying' } };
    };
    expect((await judge({ load })).stuck).toEqual([`job ${accepted[0]!.jobId} (one) is retrying`]);
  });

  test('names a result that the target did not give to that attempt', async () => {
    calls[1] = { ...calls[1]!, said: { node: 'a', attempt: 2, call: 7 } };
    expect((await judge()).unlawful).toEqual([
      `job ${accepted[0]!.jobId}: the result of a is not what the target said to attempt 2`,
    ]);
  });

  test('names a node that settles twice in the audit, and the audit that is not the sealed one any more', async () => {
    const readAudit: JobStore['readAudit'] = async (jobId, after, limit) => {
      const lines = await store.readAudit(jobId, 0, limit);
      const settled = lines.find(({ to }) => to === 'succeeded')!;
      const twice = [...lines, { ...settled, seq: lines.length + 1 }];
      return twice.slice(after);
    };
    const verdict = await judge({ readAudit });
    expect(verdict.doubleSettled).toEqual([expect.stringContaining('node a settled 2 times')]);
    expect(verdict.unlawful).toContainEqual(expect.stringContaining('its audit is broken'));
  });

  test('names a job that failed and whose audit does not say of what', async () => {
    accepted = [{ jobId: accepted[0]!.jobId, plan: { name: 'one', document, ends: 'failed' } }];
    const load: JobStore['load'] = async (jobId) => {
      const job = (await store.load(jobId))!;
      return { ...job, header: { ...job.header, state: 'failed' } };
    };
    const verdict = await judge({ load });
    expect(verdict.failed).toEqual({ asTheyMust: 1, outOfAttempts: 0 });
    expect(verdict.failedWithoutTale).toEqual([`job ${accepted[0]!.jobId} (one)`]);
  });

  test('counts work that was done twice, as an executor that dies behind a call leaves it', async () => {
    calls[0] = { ...calls[0]!, fate: 'answered' };
    expect((await judge()).calls).toEqual({ made: 2, again: { afterFailure: 1, afterLoss: 0 }, doneTwice: 1 });
  });
});
