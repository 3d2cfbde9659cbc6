import { expect, test } from '@jest/globals';
import { runPageExample } from '../support/page-example.ts';

const use = `
const down = () => { throw new Error('the ledger is down'); };
console.log(JSON.stringify(await balanceOf('ann', async () => 7)));
console.log(cachedBalanceOf('ann', () => 8));
for (let call = 0; call < 3; call++) try { cachedBalanceOf('ann', down); } catch {}
console.log(JSON.stringify(await balanceOf('ann', async () => 7)));
console.log(cachedBalanceOf('ann', () => 8));
`;

test('the example of docs/policies/circuit-breaker.md runs, refuses by a value, and lets the process end', () => {
  const [first, cached, refused, none] = runPageExample('circuit-breaker', use);
  expect([first, cached, none]).toEqual(['{"balance":7}', '8', 'undefined']);
  expect(JSON.parse(refused!)).toEqual({
    retryAt: expect.any(Number),
    because: 'the breaker `ledger` is open: 3 failures in a row',
  });
});
