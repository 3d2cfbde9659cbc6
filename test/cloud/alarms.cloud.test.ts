import { expect, test } from '@jest/globals';
import { describeCloud } from '../support/emulators.ts';
import { endLawfully } from './lawful-end.ts';
import { call } from './shapes.ts';
import { clock, openWorkbench, until, type Workbench } from './workbench.ts';

const delayMs = 4_000;

/** How late a retry may be whose alarm had to be delivered again: the back-off of the delivery and the start of an instance. */
const lateMsMost = 6_000;

describeCloud('the holder of an alarm dies', () => {
  const retry = { strategy: 'fixed', delay: `${delayMs}ms`, jitter: 'none', maxAttempts: 3 };
  const spec = { name: 'once-more', nodes: [call('flaky', [], { stumbles: 1 }, { retry })] };

  async function failOnce(bench: Workbench): Promise<void> {
    await bench.api.submit(spec, 'once-more');
    await until('it failed once', () => bench.entries().some(({ kind }) => kind === 'failed'), 20_000);
  }

  async function retriedInTime(bench: Workbench): Promise<void> {
    const [{ lines } = { lines: [] }] = await endLawfully(bench, 30_000);
    const failed = lines.find(({ event }) => event === 'failed')!;
    const late = bench.entries().find(({ attempt }) => attempt === 2)!.at - (failed.at + delayMs);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(lateMsMost);
  }

  test.each([
    ['while it waits', 1_500],
    ['just before it is due', delayMs - 300],
  ])(
    'killed %s, the alarm is delivered again and the retry comes, without any sweep',
    async (_, killAfterMs) => {
      await using bench = await openWorkbench({ tickMs: 0 });
      await failOnce(bench);
      await clock.sleep(killAfterMs);
      await bench.fleet.kill('retry-scheduler', 0, 'SIGKILL');
      await retriedInTime(bench);
    },
    60_000,
  );

  test('killed for good, the next sweep sees to the retry', async () => {
    await using bench = await openWorkbench({ replace: false });
    await failOnce(bench);
    await bench.fleet.kill('retry-scheduler', 0, 'SIGKILL');
    await retriedInTime(bench);
  }, 60_000);
});
