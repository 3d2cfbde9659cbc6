import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/policies/circuit-breaker.md'), 'utf8');

const use = `
const down = () => { throw new Error('the ledger is down'); };
console.log(JSON.stringify(await balanceOf('ann', async () => 7)));
console.log(cachedBalanceOf('ann', () => 8));
for (let call = 0; call < 3; call++) try { cachedBalanceOf('ann', down); } catch {}
console.log(JSON.stringify(await balanceOf('ann', async () => 7)));
console.log(cachedBalanceOf('ann', () => 8));
`;

test('the example of docs/policies/circuit-breaker.md runs, refuses by a value, and lets the process end', () => {
  const [, example] = /```ts\n([\s\S]*?)```/.exec(page)!;
  const room = mkdtempSync(join(tmpdir(), 'breaker-docs-'));
  const file = join(room, 'example.ts');
  writeFileSync(file, example!.replace("'breakwater'", JSON.stringify(join(root, 'shared/wiring/library.ts'))) + use);
  const { stdout, stderr } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  rmSync(room, { recursive: true });
  expect(stderr).toBe('');
  const [first, cached, refused, none] = stdout.trimEnd().split('\n');
  expect([first, cached, none]).toEqual(['{"balance":7}', '8', 'undefined']);
  expect(JSON.parse(refused!)).toEqual({
    retryAt: expect.any(Number),
    because: 'the breaker `ledger` is open: 3 failures in a row',
  });
});
