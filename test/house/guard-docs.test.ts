import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { breakerStates } from '../../shared/edge/api/schemas/guard.ts';
import { guardEventsTopic } from '../../shared/engine/guards/guard-events-topic.ts';
import { guardNameChars } from '../../shared/policy/guards/index.ts';
import { parseGuards } from '../../shared/wiring/guards-file.ts';
import { aPorch } from '../edge/api/a-porch.ts';
import { runIn } from '../edge/cli/a-world.ts';
import { aBreaker, aBulkhead } from '../support/a-guard-desk.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/guards.md'), 'utf8');

describe('docs/guards.md', () => {
  const blocks = (kind: string) =>
    [...page.matchAll(new RegExp(`\`\`\`${kind}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text]) => text!);

  test('shows commands that do what is said of them', async () => {
    const porch = aPorch();
    porch.guards.breakers.push(aBreaker('topic:orders', { state: 'open', own: 'open', because: 'it failed' }));
    porch.guards.bulkheads.push(aBulkhead('ai_model_inference'));
    const fetch = (url: string, init: RequestInit) => porch.api.fetch(new Request(url, init));
    const files = { 'limits.yaml': 'limit: 6\nqueueMost: 60\n' };
    const commands = blocks('sh').flatMap((text) => text.trimEnd().split('\n'));
    expect(commands).toHaveLength(14);
    for (const command of commands) {
      const words = command.replace(/ +#.*$/, '').match(/'[^']*'|\S+/g)!;
      const args = words.slice(2).map((word) => word.replaceAll("'", ''));
      const { code, err } = await runIn(
        { files, fetch, clock: porch.clock },
        ...args,
        '--url',
        'http://127.0.0.1:8080',
      );
      expect({ command, code, err: err.replace('nothing has happened to it\n', '') }).toEqual({
        command,
        code: 0,
        err: '',
      });
    }
    const { lines } = await porch.guards.records.readLines('breaker', 'topic:orders', 10);
    expect(lines.map(({ action }) => action)).toEqual(['reset', 'forced', 'released', 'forced']);
  });

  test('shows a file of guards that a deployment may have', () => {
    const [text] = blocks('yaml');
    expect(parseGuards(parse(text!))).toMatchObject({
      kind: 'file',
      file: { bulkheadPresets: { ai_model_inference: { limit: 6 } }, breakerPresets: { patient: { failures: 8 } } },
    });
  });

  test('shows bodies that the API takes', async () => {
    const bodies = blocks('json').map((text) => JSON.parse(text) as object);
    const places = ['POST /breakers/a/force', 'PUT /breakers/a', 'PUT /bulkheads/a'];
    expect(bodies).toHaveLength(places.length);
    const { ask } = aPorch();
    for (const [at, json] of bodies.entries()) {
      const [method, path] = places[at]!.split(' ');
      expect(await ask(method!, `/api/v3${path}`, { json })).toMatchObject({ status: 200 });
    }
  });

  test('names every state, mode and event that there is, and the bounds of a name', () => {
    const words = [...breakerStates, 'shared', 'records', 'local', 'transition', 'rejection', 'mode', guardEventsTopic];
    expect(words.filter((word) => !page.includes(`\`${word}\``))).toEqual([]);
    expect(page).toContain(`Names are 1 to ${guardNameChars} printable characters`);
  });
});
