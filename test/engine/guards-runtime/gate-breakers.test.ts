import { expect, test } from '@jest/globals';
import { aBreakerFleet, settle } from './a-breaker-fleet.ts';

/** Two instances; the target's breaker is open, and its time is over. */
async function anOutage() {
  const fleet = aBreakerFleet({ instances: 2, rules: { failures: 2, openMs: 1_000, openMsMost: 1_000, spreadMs: 10 } });
  const [one, other] = fleet.members.map(({ breakers }) => breakers);
  await one!.ready();
  await other!.ready();
  for (const breakers of [one!, other!, one!, other!]) {
    breakers.record('topic:orders', 'failed', fleet.clock.now());
    await settle();
  }
  expect(one!.admit('topic:orders', fleet.clock.now()).kind).toBe('refused');
  await fleet.clock.advance(2_000);
  return { one: one!, other: other!, clock: fleet.clock };
}

test('whoever has prepared is admitted as the probe, and nobody else is', async () => {
  const { one, other, clock } = await anOutage();
  await one.prepare?.('topic:orders', clock.now());
  expect(one.admit('topic:orders', clock.now())).toMatchObject({ kind: 'admitted', probe: expect.any(Number) });
  await other.prepare?.('topic:orders', clock.now());
  expect(other.admit('topic:orders', clock.now()).kind).toBe('refused');
});

test('leave that has lain for as long as it is kept is not given back under the hands of who comes for it', async () => {
  const { one, clock } = await anOutage();
  await one.prepare?.('topic:orders', clock.now());
  for (let sweep = 0; sweep < 3; sweep++) {
    await clock.advance(5_000);
    expect(one.prepare?.('topic:orders', clock.now())).toBeUndefined();
  }
  expect(one.admit('topic:orders', clock.now())).toMatchObject({ kind: 'admitted', probe: expect.any(Number) });
});

test('there is nothing to prepare for at a target that is well, or not to be asked yet', async () => {
  const { one, clock } = await anOutage();
  expect(one.prepare?.('topic:letters', clock.now())).toBeUndefined();
  await one.prepare?.('topic:orders', clock.now());
  const { probe } = one.admit('topic:orders', clock.now()) as { probe: number };
  one.record('topic:orders', 'failed', clock.now(), probe);
  await settle();
  expect(one.prepare?.('topic:orders', clock.now())).toBeUndefined();
});
