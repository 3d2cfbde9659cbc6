import { describe, expect, test } from '@jest/globals';
import { fallbackKinds } from '../../shared/engine/guards/fall-back.ts';
import { defaultHedgeRules } from '../../shared/policy/hedge/index.ts';
import { policyPage, runPageExample } from '../support/page-example.ts';

describe.each(['composition', 'rate-limit', 'hedging'])('docs/policies/%s.md', (name) => {
  test('has the parts of every policy’s page', () => {
    const parts = [...policyPage(name).matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    for (const part of ['What for', 'Defaults', 'What it emits', 'States', 'Patterns', 'Anti-patterns'])
      expect(parts).toContain(part);
  });
});

describe('the example of docs/policies', () => {
  test('composition.md runs: it answers, falls back when the breaker opens, and lets the process end', () => {
    const told = runPageExample(
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
    const told = runPageExample(
      'rate-limit',
      `
for (let call = 0; call < 6; call++) console.log(JSON.stringify(await find('here', async (place) => place)));
`,
    );
    expect(told.slice(0, 5)).toEqual(Array(5).fill('{"found":"here"}'));
    expect(JSON.parse(told[5]!)).toEqual({ retryAt: expect.any(Number) });
  });

  test('hedging.md answers', () => {
    expect(
      runPageExample('hedging', "console.log(await profileOf('ann', async (user) => `profile of ${user}`));"),
    ).toEqual(['profile of ann']);
  });
});

describe('the pages on guards', () => {
  test('name every kind that a fallback may be for', () => {
    const page = policyPage('composition');
    expect([...fallbackKinds, 'otherwise'].filter((kind) => !page.includes(`\`${kind}\``))).toEqual([]);
  });

  test('tell the defaults of hedging', () => {
    const page = policyPage('hedging');
    for (const [field, value] of Object.entries(defaultHedgeRules)) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${field}\``))!;
      expect(row.split('|')[3]!.trim()).toBe(String(value));
    }
  });
});
