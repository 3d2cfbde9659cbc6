import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fallbackKinds } from '../../shared/engine/guards/fall-back.ts';
import { defaultHedgeRules } from '../../shared/policy/hedge/index.ts';

const root = resolve(import.meta.dirname, '../..');
const pageOf = (name: string) => readFileSync(join(root, `docs/policies/${name}.md`), 'utf8');

/** Runs the page's program in a process of its own, and gives what it says. */
function run(name: string, use: string): string[] {
  const [, example] = /```ts\n([\s\S]*?)```/.exec(pageOf(name))!;
  const room = mkdtempSync(join(tmpdir(), 'guard-docs-'));
  const file = join(room, 'example.ts');
  writeFileSync(file, example!.replace("'breakwater'", JSON.stringify(join(root, 'shared/wiring/library.ts'))) + use);
  const { stdout, stderr } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  rmSync(room, { recursive: true });
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

describe.each(['composition', 'rate-limit', 'hedging'])('docs/policies/%s.md', (name) => {
  test('has the parts of every policy’s page', () => {
    const parts = [...pageOf(name).matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    for (const part of ['What for', 'Defaults', 'What it emits', 'States', 'Patterns', 'Anti-patterns'])
      expect(parts).toContain(part);
  });
});

describe('the example of docs/policies', () => {
  test('composition.md runs: it answers, falls back when the breaker opens, and lets the process end', () => {
    const told = run(
      'composition',
      `
let down = false;
let calls = 0;
const send = async (order: string, signal: AbortSignal) => {
  calls++;
  if (down) throw Object.assign(new Error('down'), { code: 'http_503' });
  return \`paid \${order} \${signal.aborted}\`;
};
console.log(await payOrder('a', send));
down = true;
for (let order = 0; order < 2; order++) await payOrder('b', send).catch((thrown) => console.log(thrown.message));
console.log(calls);
console.log(await payOrder('c', send));
`,
    );
    // Three attempts, then two: the fifth failure opens the breaker, and the sixth is not made.
    expect(told).toEqual(['paid a false', 'down', 'down', '6', 'accepted, to be paid later']);
  });

  test('rate-limit.md refuses the sixth of a burst of five, with a time', () => {
    const told = run(
      'rate-limit',
      `
for (let call = 0; call < 6; call++) console.log(JSON.stringify(await find('here', async (place) => place)));
`,
    );
    expect(told.slice(0, 5)).toEqual(Array(5).fill('{"found":"here"}'));
    expect(JSON.parse(told[5]!)).toEqual({ retryAt: expect.any(Number) });
  });

  test('hedging.md answers', () => {
    expect(run('hedging', "console.log(await profileOf('ann', async (user) => `profile of ${user}`));")).toEqual([
      'profile of ann',
    ]);
  });
});

describe('the pages on guards', () => {
  test('name every kind that a fallback may be for', () => {
    const page = pageOf('composition');
    expect([...fallbackKinds, 'otherwise'].filter((kind) => !page.includes(`\`${kind}\``))).toEqual([]);
  });

  test('tell the defaults of hedging', () => {
    const page = pageOf('hedging');
    for (const [field, value] of Object.entries(defaultHedgeRules)) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${field}\``))!;
      expect(row.split('|')[3]!.trim()).toBe(String(value));
    }
  });
});
