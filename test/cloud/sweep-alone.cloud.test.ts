import { expect, test } from '@jest/globals';
import { describeCloud, pubsubHost } from '../support/emulators.ts';
import { dropPushes } from './drop-pushes.ts';
import { endLawfully, endsOf, submitAll } from './lawful-end.ts';
import * as shapes from './shapes.ts';
import { clock, openWorkbench } from './workbench.ts';

describeCloud('publishing switched off', () => {
  test('J4: where no message of nodes and no alarm ever arrives, sweeps alone finish every job, two at once do no harm', async () => {
    await using bench = await openWorkbench({ instances: { 'recovery-sweep': 2 }, tickMs: 0 });
    await using _ticking = tickTwiceAtOnce(bench.fleet.urlOf('recovery-sweep'));
    await dropPushes(pubsubHost(), bench.project, ['nodesHigh', 'nodes', 'nodesLow', 'alarms', 'deadLetters']);
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

/** Every second two sweeps begin at the same moment, each at another instance. */
function tickTwiceAtOnce(url: string): AsyncDisposable {
  const over = new AbortController();
  const message = { data: btoa('{"kind":"tick"}'), messageId: '1' };
  const tick = async () => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ message, subscription: 's' }) });
    await answer.body?.cancel();
  };
  const ticking = (async () => {
    while (!over.signal.aborted) {
      await Promise.allSettled([tick(), tick()]);
      await clock.sleep(1_000, over.signal);
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await ticking;
    },
  };
}
