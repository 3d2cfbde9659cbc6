import { afterEach, expect, test } from '@jest/globals';
import { createGuardsAlone } from '../../shared/wiring/guards-alone.ts';
import { offerGuards, withdrawGuards } from '../../shared/wiring/guards-here.ts';
import { breaker, guard } from '../../shared/wiring/library.ts';
import { aBreakerFleet, fails, outcomeOf, works } from '../engine/guards-runtime/a-breaker-fleet.ts';

const { breakers } = aBreakerFleet({ rules: { failures: 2 } }).members[0]!;
const offered = { ...createGuardsAlone(), breaker: breakers.breaker };
afterEach(() => withdrawGuards(offered));

test('a breaker needs nothing to be set up, and is the same for all of the process that ask for its name', async () => {
  const pay = breaker('pay-alone', { failures: 2 });
  for (let call = 0; call < 2; call++) expect(await outcomeOf(pay.run(fails))).toBe('threw');
  expect(await breaker('pay-alone').run(works)).toMatchObject({ kind: 'refused', because: 'breakerOpen' });
  expect(breaker('pay-alone').view()).toMatchObject({ state: 'open', because: '2 failures in a row' });
});

test('one that was asked for before the engine began is the engine’s when it is first used', async () => {
  const early = breaker('pay-early');
  offerGuards(offered);
  for (let call = 0; call < 2; call++) await outcomeOf(early.run(fails));
  expect(offered.breaker('pay-early').view().state).toBe('open');
  expect(breaker('pay-early')).toBe(offered.breaker('pay-early'));
});

test('what is wrong is told at once, all of it', () => {
  expect(() => breaker(' ', { failures: -1, openMs: 0 })).toThrow(/name .*failures .*openMs /s);
  expect(() => breaker('pay', { failures: 2.5 })).toThrow(expect.objectContaining({ code: 'guard_invalid' }));
});

test('a guard needs nothing to be set up either, shares its breaker by name, and tells every fault at once', async () => {
  const pay = guard('pay-guarded', { breaker: { failures: 2 }, deadline: '5s', bulkhead: { limit: 2 } });
  for (let call = 0; call < 2; call++) await outcomeOf(pay(fails));
  expect(await pay(works)).toMatchObject({ kind: 'refused', because: 'breakerOpen', name: 'pay-guarded' });
  expect(breaker('pay-guarded').view().state).toBe('open');
  expect(() => guard({ timeout: 0, breaker: {} })).toThrow(/`name` is missing.*`timeout` is 0/s);
});

test('a guard that was made before the engine began goes by the engine’s breakers', async () => {
  const early = guard('guarded-early', { breaker: {} });
  offerGuards(offered);
  const own = guard('guarded-own', { timeout: 100 });
  expect(await own(works)).toMatchObject({ kind: 'succeeded' });
  expect(await early(works)).toMatchObject({ kind: 'succeeded' });
});
