import { afterEach, expect, test } from '@jest/globals';
import { describeCloud } from '../support/emulators.ts';
import { judgeAll, readAll, untilAllEnded } from './read-all.ts';
import { call } from './shapes.ts';
import { clock, openWorkbench, until, type Workbench } from './workbench.ts';

const delayMs = 4_000;

/** How late a retry may be whose alarm had to be delivered again: the back-off of the delivery and the start of an instance. */
const lateMsMost = 6_000;

describeCloud('the holder of an alarm dies', () => {
  let bench: Workbench;
  afterEach(() => bench?.close());

  const retry = { strategy: 'fixed', delay: `${delayMs}ms`, jitter: 'none', maxAttempts: 3 };
  const spec = { name: 'once-more', nodes: [call('flaky', [], { stumbles: 1 }, { retry })] };

  async function failOnce(): Promise<void> {
    await bench.api.submit(spec, 'once-more');
    await until('it failed once', () => bench.entries().some(({ kind }) => kind === 'failed'), 20_000);
  }

  /** Of the second call, measured from when it was due. */
  async function latenessMs(): Promise<number> {
    await untilAllEnded(bench, 30_000);
    expect(await judgeAll(bench)).toEqual([]);
    const [{ lines } = { lines: [] }] = await readAll(bench);
    const failed = lines.find(({ event }) => event === 'failed')!;
    return bench.entries().find(({ attempt }) => attempt === 2)!.at - (failed.at + delayMs);
  }

  test.each([
    ['while it waits', 1_500],
    ['just before it is due', delayMs - 300],
  ])(
    'killed %s, the alarm is delivered again and the retry comes, without any sweep',
    async (_, killAfterMs) => {
      bench = await openWorkbench({ tickMs: 0 });
      await failOnce();
      await clock.sleep(killAfterMs);
      await bench.fleet.kill('retry-scheduler', 0, 'SIGKILL');
      const late = await latenessMs();
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThan(lateMsMost);
    },
    60_000,
  );

  test('killed for good, the next sweep sees to the retry', async () => {
    bench = await openWorkbench({ replace: false });
    await failOnce();
    await bench.fleet.kill('retry-scheduler', 0, 'SIGKILL');
    const late = await latenessMs();
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(lateMsMost);
  }, 60_000);
});
