import { describe, expect, test } from '@jest/globals';
import { createMemoryTargetCounts } from '../../shared/adapters/memory/target-counts.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { type Job, nodeAt } from '../../shared/jobs/index.ts';
import type { TargetCounts } from '../../shared/ports/index.ts';
import { anEngine, specOf } from '../support/an-engine.ts';

const minute = 60_000;
const policy = { strategy: 'adaptive', delay: 1_000, maxDelay: 60_000, maxAttempts: 4 };

describe('adaptive retries', () => {
  test('choose with the first failure, keep to it, and say why in the audit', async () => {
    const { engine, clock, order } = await withTarget({ isUp: () => false });
    const jobId = await order();
    await clock.advance(10 * minute);
    const because = await failuresOf(engine, jobId);
    expect(because[0]).toMatch(
      /^retry 1 of 3 in \d+ ms: .*adaptive chose (\w+) \(0\.\d\d of 0, next \w+ 0\.\d\d of 0\) for overloaded at handler:pay$/,
    );
    const [, arm] = /adaptive chose (\w+)/.exec(because[0]!)!;
    expect(because.slice(1)).toEqual([
      expect.stringMatching(`adaptive keeps ${arm}$`),
      expect.stringMatching(`adaptive keeps ${arm}$`),
      'attemptsExhausted',
    ]);
  });

  test('shift to what waits long at a target that is down for minutes, and back once it stumbles for a moment only', async () => {
    const stops: { isUp(): boolean } = { isUp: () => true };
    const { engine, clock, order } = await withTarget({ isUp: () => stops.isUp() });
    const armsOf = async (rounds: number, downMs: number) => {
      const arms: string[] = [];
      for (let round = 0; round < rounds; round++) {
        const until = clock.now() + downMs;
        stops.isUp = () => clock.now() >= until;
        const jobs = [await order(), await order(), await order(), await order()];
        await clock.advance(3 * minute);
        for (const job of jobs) arms.push(/adaptive chose (\w+)/.exec((await failuresOf(engine, job))[0]!)![1]!);
      }
      return arms;
    };
    const shareOf = (arms: readonly string[], arm: string) => arms.filter((each) => each === arm).length / arms.length;
    const long = await armsOf(30, 50_000);
    const brief = await armsOf(70, 500);
    expect(shareOf(long.slice(-40), 'patient')).toBeGreaterThan(0.6);
    expect(shareOf(brief.slice(-40), 'patient')).toBeLessThan(0.3);
  }, 30_000);

  test('share what they learn: an engine that comes later knows it, to the last trial', async () => {
    const counts = createMemoryTargetCounts();
    const { engine, clock, another, order } = await withTarget({ isUp: () => false, counts });
    for (let round = 0; round < 12; round++) await order();
    await clock.advance(5 * minute);
    await engine.stop(0);
    const slots = await counts.add('adaptive overloaded handler:pay', [], 0);
    const tried = slots.flatMap((slot) => Object.values(slot.counts)).reduce((sum, count) => sum + count, 0);
    expect(tried).toBe(12);
    const later = await another();
    await order(policy, later);
    await clock.advance(5 * minute);
    const jobId = await order(policy, later);
    expect((await failuresOf(later, jobId))[0]).not.toMatch(/\(0\.\d\d of 0, next \w+ 0\.\d\d of 0\)/);
  });

  test('go on with what an engine knows while the store of counts fails, and say that it does', async () => {
    const add = async () => Promise.reject(new Error('the counts are away'));
    const { engine, clock, order, reports } = await withTarget({ isUp: () => false, counts: { add } });
    for (let round = 0; round < 5; round++) {
      await order();
      await clock.advance(5 * minute);
    }
    const jobId = await order();
    const [, tried, nextTried] = /\(\S+ of (\d+), next \w+ \S+ of (\d+)\)/.exec((await failuresOf(engine, jobId))[0]!)!;
    expect(Number(tried) + Number(nextTried)).toBeGreaterThan(0);
    expect(reports[0]).toBe('sharing what is known of adaptive overloaded handler:pay: Error: the counts are away');
  });

  test('frozen to one strategy they ask nobody and remember nothing', async () => {
    const asked: string[] = [];
    const add: TargetCounts['add'] = async (name) => {
      asked.push(name);
      return [];
    };
    const { engine, order } = await withTarget({ isUp: () => false, counts: { add } });
    const jobId = await order({ ...policy, frozen: 'fixed' });
    const job = (await engine.get(jobId)) as Job;
    expect((await failuresOf(engine, jobId))[0]).toMatch(/: fixed, equal jitter, adaptive is frozen to fixed$/);
    expect(nodeAt(job, 0)).not.toHaveProperty('trial');
    expect(asked.filter((name) => name.startsWith('adaptive'))).toEqual([]);
  });

  test('frozen as such they take the best and teach nothing', async () => {
    const counts = createMemoryTargetCounts();
    const { engine, clock, order } = await withTarget({ isUp: () => false, counts });
    const jobId = await order({ ...policy, frozen: true });
    await clock.advance(10 * minute);
    await engine.stop(0);
    expect((await failuresOf(engine, jobId))[0]).toMatch(/adaptive, frozen, takes exponential \(0\.75 of 0, next /);
    expect(await counts.add('adaptive overloaded handler:pay', [], 0)).toEqual([]);
  });

  test('a node without a target falls back to exponential and says so', async () => {
    const { engine, submit } = await withTarget({ isUp: () => false });
    const child = { name: 'c', nodes: [{ id: 'pay', type: 'function', handler: 'pay', retry: { maxAttempts: 1 } }] };
    const jobId = await submit({ name: 'j', nodes: [{ id: 'child', type: 'job', job: child, retry: policy }] });
    const [because] = await failuresOf(engine, jobId);
    expect(because).toMatch(/: exponential, full jitter, adaptive without advice$/);
  });
});

/** A handler that is overloaded for as long as it is not up. */
async function withTarget({ isUp, counts }: { isUp(): boolean; counts?: TargetCounts }) {
  const register = (engine: Engine) =>
    engine.registerHandler('pay', () => {
      if (!isUp()) throw Object.assign(new Error('too many'), { code: 'http_503' });
      return 'paid';
    });
  const held = await anEngine({ options: { sweepMs: minute }, register, ...(counts && { counts }) });
  async function order(retry: object = policy, engine = held.engine): Promise<string> {
    const document = { name: 'order', nodes: [{ id: 'pay', type: 'function', handler: 'pay', retry }] };
    const submitted = await engine.submit(specOf(document, held.clock.now()));
    if (submitted.kind !== 'created') throw new Error(submitted.kind);
    await held.clock.advance(0);
    return submitted.jobId;
  }
  return { ...held, order };
}

async function failuresOf(engine: Engine, jobId: string): Promise<string[]> {
  const lines = await engine.readAudit(jobId, 0, 1_000);
  return lines.flatMap(({ event, failure, node, because }) =>
    failure && node && event !== 'ended' ? [because ?? ''] : [],
  );
}
