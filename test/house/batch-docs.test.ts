import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { batchActions, batchOutcomes } from '../../shared/jobs/batch/index.ts';
import { aPorch, order } from '../edge/api/a-porch.ts';
import { runIn } from '../edge/cli/a-world.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/batches.md'), 'utf8');

describe('docs/batches.md', () => {
  const blocks = (kind: string) =>
    [...page.matchAll(new RegExp(`\`\`\`${kind}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text]) => text!);

  test('shows bodies that the API takes', async () => {
    const bodies = blocks('json').map((text) => JSON.parse(text) as { dryRun?: boolean });
    expect(bodies.length).toBeGreaterThan(2);
    const { ask } = aPorch();
    for (const json of bodies)
      expect(await ask('POST', '/api/v3/batches', { json })).toMatchObject({ status: json.dryRun ? 200 : 202 });
  });

  test('shows commands that do what is said of them', async () => {
    const porch = aPorch();
    await porch.submit(order);
    await porch.clock.advance(1_000);
    const fetch = (url: string, init: RequestInit) => porch.api.fetch(new Request(url, init));
    const commands = blocks('sh').flatMap((text) => text.trimEnd().split('\n'));
    expect(commands.length).toBeGreaterThan(5);
    const codes: Record<string, number> = {};
    for (const command of commands) {
      const words = command
        .replace(/ +#.*$/, '')
        .match(/'[^']*'|\S+/g)!
        .slice(2);
      const args = words.map((word) => word.replaceAll("'", ''));
      const { code, err } = await runIn({ fetch, clock: porch.clock }, ...args, '--url', 'http://127.0.0.1:8080');
      codes[words.join(' ')] = code;
      expect(err).not.toMatch(/breakwater:(?! batch `sold-out-1` is completed)/);
    }
    const others = Object.entries(codes).filter(([, code]) => code !== 0);
    expect(others).toEqual([
      ['batch redrive --failure-code http_503 --since 24h', 2],
      ['batches cancel sold-out-1', 1],
    ]);
  });

  test('names every action and every outcome', () => {
    expect([...batchActions, ...batchOutcomes].filter((word) => !page.includes(`\`${word}\``))).toEqual([]);
  });
});
