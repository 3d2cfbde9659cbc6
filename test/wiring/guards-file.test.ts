import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parseGuards, readGuardsFile } from '../../shared/wiring/guards-file.ts';

const room = mkdtempSync(join(tmpdir(), 'guards-file-'));
afterAll(() => rmSync(room, { recursive: true }));

function fileOf(name: string, text: string): string {
  const path = join(room, name);
  writeFileSync(path, text);
  return path;
}

describe('a file of guards', () => {
  test('names breakers by target, bulkheads, and presets of both that they may use', async () => {
    const path = fileOf(
      'guards.yaml',
      `
breakerPresets:
  dear: { failures: 3, openMs: 90000 }
bulkheadPresets:
  small: { limit: 2, queueMost: 10 }
breakers:
  'http:https://pay.example': { preset: dear, early: true }
  'http:*': { failureRate: 0.5 }
bulkheads:
  reports: { preset: small }
instances: 20
`,
    );
    const file = await readGuardsFile(path);
    expect(Object.keys(file.breakers)).toEqual(['http:https://pay.example', 'http:*']);
    expect(file.instances).toBe(20);
    expect(file.bulkheads).toEqual({ reports: { preset: 'small' } });
    expect(file.breakerPresets['dear']).toEqual({ failures: 3, openMs: 90_000 });
    expect(Object.keys(file.bulkheadPresets)).toEqual(expect.arrayContaining(['small', 'vector_operations']));
  });

  test('tells every fault at once, each with its place', () => {
    const parsed = parseGuards({
      breaker: {},
      instances: 0,
      breakers: { 'topic:orders': { failures: -1 }, 'http:*': { preset: 'dearer' } },
      bulkheads: { reports: { limit: 0 }, letters: { preset: 'big' } },
    });
    expect(parsed).toEqual({
      kind: 'faults',
      faults: [
        'breaker: is not known here; there are breakers, bulkheads, breakerPresets, bulkheadPresets, instances',
        'instances: must be a whole number from 1 to 10000, but is 0',
        expect.stringMatching(/^breakers\.topic:orders\.failures: .*-1/),
        expect.stringMatching(/^breakers\.http:\*\.preset: .*dearer/),
        expect.stringMatching(/^bulkheads\.reports\.limit: .*0/),
        expect.stringMatching(/^bulkheads\.letters\.preset: .*big/),
      ],
    });
  });

  test.each([
    ['a list', '[1, 2]', /must hold breakers, bulkheads/],
    ['a name without values', 'bulkheads: { reports: 7 }', /bulkheads: must hold names, each with its values/],
    ['no YAML', 'bulkheads: {', /line \d+/],
  ])('that is %s is refused by a sentence that names the file', async (_, text, sentence) => {
    const path = fileOf('wrong.yaml', text);
    await expect(readGuardsFile(path)).rejects.toMatchObject({
      code: 'guards_invalid',
      message: expect.stringMatching(sentence),
    });
    await expect(readGuardsFile(path)).rejects.toThrow(path);
  });

  test('that is not there is refused as well', async () => {
    await expect(readGuardsFile(join(room, 'nowhere.yaml'))).rejects.toMatchObject({ code: 'guards_invalid' });
  });
});
