import { expect, test } from '@jest/globals';
import { aBreakerFleet, fails, outcomeOf } from './a-breaker-fleet.ts';

test('one that is open says when a probe may come; forced open it does not, for none will be let through', async () => {
  const fleet = aBreakerFleet({ rules: { failures: 1, openMs: 30_000 } });
  const { breakers } = fleet.members[0]!;
  await breakers.ready();
  await outcomeOf(breakers.breaker('pay').run(fails));
  await fleet.clock.advance(20);
  expect(breakers.breaker('pay').view()).toMatchObject({ state: 'open', retryAt: expect.any(Number) });
  await fleet.states.override('pay', { kind: 'forced_open', reason: 'stock-taking', by: 'operator:ann' });
  await fleet.clock.advance(20);
  const view = breakers.breaker('pay').view();
  expect(view).toMatchObject({ state: 'forced_open', own: 'open' });
  expect(view).not.toHaveProperty('retryAt');
});
