import { afterEach, expect, test } from '@jest/globals';
import { describeCloud } from '../support/emulators.ts';
import { dropPushes } from './drop-pushes.ts';
import { judgeAll, readAll, untilAllEnded } from './read-all.ts';
import * as shapes from './shapes.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

describeCloud('publishing switched off', () => {
  let bench: Workbench;
  afterEach(() => bench?.close());

  test('J4: where no message of nodes and no alarm ever arrives, the sweep alone finishes every job', async () => {
    bench = await openWorkbench({ instances: { 'recovery-sweep': 2 } });
    await dropPushes(bench.project, ['nodesHigh', 'nodes', 'nodesLow', 'alarms', 'deadLetters']);
    const plans = [
      shapes.chain('chain', 3, () => 20),
      shapes.fanOut(250, 10),
      shapes.retries(),
      shapes.failing(),
      shapes.map(15),
      shapes.children(),
    ];
    const jobIds = await Promise.all(plans.map(({ spec }) => bench.api.submit(spec, String(spec['name']))));
    await untilAllEnded(bench, 60_000);
    expect(await judgeAll(bench)).toEqual([]);
    const states = new Map((await readAll(bench)).map(({ job }) => [job.id, job.header.state]));
    expect(jobIds.map((jobId) => states.get(jobId))).toEqual(plans.map(({ ends }) => ends));
    const sweepers = bench.fleet.instances().filter(({ door }) => door === 'recovery-sweep');
    const callers = new Set(bench.entries().map(({ pid }) => pid));
    expect(sweepers.map(({ pid }) => pid)).toEqual(expect.arrayContaining([...callers]));
  }, 90_000);
});
