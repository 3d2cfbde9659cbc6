import { expect, test } from '@jest/globals';
import { type Random, seededRandom } from '../../shared/core/random.ts';
import type { JobState } from '../../shared/jobs/index.ts';
import { between } from '../simulation/chance.ts';
import { describeCloud } from '../support/emulators.ts';
import { killAtRandom } from './kills.ts';
import { type Ends, endLawfully, endsOf } from './lawful-end.ts';
import * as shapes from './shapes.ts';
import { clock, openWorkbench, until, type Workbench } from './workbench.ts';

/** CLOUD_SIZE=4 is four times as many jobs and kills; CLOUD_SEED=7 another choice of moments. */
const size = Number(process.env['CLOUD_SIZE'] ?? 1);
const seed = Number(process.env['CLOUD_SEED'] ?? 42);

describeCloud('the simulation on the real parts', () => {
  test.each([2, 4])(
    `J1 to J9: with %i instances that are killed at random, every job ends as it must (seed ${seed})`,
    async (instances) => {
      await using bench = await openWorkbench({ instances: { 'execute-nodes': instances } });
      const random = seededRandom(seed + instances);
      await using killing = killAtRandom(clock, random, bench.fleet, 6 * size);
      const ends = new Map<string, JobState>();
      for (let round = 0; round < size; round++)
        for (const [id, end] of await submitTwice(bench, random, round)) ends.set(id, end);
      expect(await killing.ended).toHaveLength(6 * size);
      expect(endsOf(await endLawfully(bench, 60_000 + 30_000 * size))).toEqual(ends);
    },
    120_000 * size,
  );

  /** J9: every other job is submitted twice at the same time, under one key. */
  async function submitTwice(bench: Workbench, random: Random, round: number): Promise<Ends> {
    const plans = [
      ...Array.from({ length: 6 }, (_, at) => shapes.chain(`chain${at}`, 5, () => between(random, 0, 150))),
      shapes.fanOut(250, 40),
      shapes.montage(10, random),
      shapes.retries(),
      shapes.failing(),
      shapes.map(25),
      shapes.children(),
      shapes.signals(),
      shapes.toBeCancelled(),
      shapes.toBePaused(),
    ];
    const submitted = plans.map(async ({ spec, ends }, at) => {
      const key = `${seed}-${round}-${at}`;
      const ids = await Promise.all([1, 2].slice(at % 2).map(() => bench.api.submit(spec, key)));
      expect(new Set(ids).size).toBe(1);
      await attend(bench, String(spec['name']), ids[0]!);
      return [ids[0]!, ends] as const;
    });
    return new Map(await Promise.all(submitted));
  }

  /** What people do with a job. */
  async function attend(bench: Workbench, name: string, jobId: string): Promise<void> {
    const post = (what: string, data: object = {}) =>
      bench.api.insist(`/${jobId}/${what}`, { ...data }, `${jobId} ${what}`);
    if (name === 'signals') {
      await post('signals/release', { by: 'a test' });
      await until('the approval is asked for', async () => (await bench.api.stateOf(jobId)) === 'waiting', 30_000);
      await post('signals/approve', { yes: true });
    }
    if (name === 'cancelled') {
      await until(
        'it runs',
        () => bench.entries().some((entry) => entry.jobId === jobId && entry.nodeId === 's2'),
        30_000,
      );
      expect((await post('cancel')).status).toBe(200);
    }
    if (name === 'paused') {
      await until('it runs', () => bench.entries().some((entry) => entry.jobId === jobId), 30_000);
      expect((await post('pause')).status).toBe(200);
      await until('it is paused', async () => (await bench.api.stateOf(jobId)) === 'paused', 10_000);
      await post('signals/gate');
      await clock.sleep(500);
      expect(bench.entries().filter((entry) => entry.jobId === jobId && entry.nodeId === 'c')).toEqual([]);
      expect((await post('resume')).status).toBe(200);
    }
  }
});
