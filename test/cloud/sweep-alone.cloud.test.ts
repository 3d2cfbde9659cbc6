import { expect, test } from '@jest/globals';
import { describeCloud } from '../support/emulators.ts';
import { dropPushes } from './drop-pushes.ts';
import { endLawfully, endsOf, submitAll } from './lawful-end.ts';
import * as shapes from './shapes.ts';
import { openWorkbench } from './workbench.ts';

describeCloud('publishing switched off', () => {
  test('J4: where no message of nodes and no alarm ever arrives, the sweep alone finishes every job', async () => {
    await using bench = await openWorkbench({ instances: { 'recovery-sweep': 2 } });
    await dropPushes(bench.project, ['nodesHigh', 'nodes', 'nodesLow', 'alarms', 'deadLetters']);
    const plans = [
      shapes.chain('chain', 3, () => 20),
      shapes.fanOut(250, 10),
      shapes.retries(),
      shapes.failing(),
      shapes.map(15),
      shapes.children(),
    ];
    const ends = await submitAll(bench, plans);
    expect(endsOf(await endLawfully(bench, 60_000))).toEqual(ends);
    const sweepers = bench.fleet.instances().filter(({ door }) => door === 'recovery-sweep');
    const callers = new Set(bench.entries().map(({ pid }) => pid));
    expect(sweepers.map(({ pid }) => pid)).toEqual(expect.arrayContaining([...callers]));
  }, 90_000);
});
