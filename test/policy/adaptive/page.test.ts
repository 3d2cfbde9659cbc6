import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { parseJobSpec } from '../../../shared/jobs/document/index.ts';
import { adaptiveTimes } from '../../../shared/policy/adaptive/index.ts';
import { arms, failureKinds } from '../../../shared/policy/retry/index.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../../docs/policies/adaptive-retry.md'), 'utf8');

/** First cells of the rows of the table whose head begins so. */
function named(head: string): string[] {
  const [, table = ''] = page.split(`| ${head} `);
  const rows = table.split('\n\n')[0]!.split('\n').slice(2);
  return rows.map((row) => row.split('|')[1]!.trim().replaceAll('`', ''));
}

describe('the page on adaptive retries', () => {
  test('names every strategy and every kind of failure', () => {
    expect(named('strategy')).toEqual([...arms]);
    expect(named('kind of failure')).toEqual([...failureKinds]);
  });

  test('tells how fast is forgotten', () => {
    expect(page).toContain('weighs half after an hour and is forgotten after six');
    expect([adaptiveTimes.halfLifeMs, adaptiveTimes.keptMs]).toEqual([3_600_000, 6 * 3_600_000]);
  });

  test('has sound examples, and those that it calls refused are refused in these words', () => {
    const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!);
    const told = examples.map((text) => / # (retry\..*)\n$/.exec(text)?.[1]);
    const node = { id: 'a', type: 'function', handler: 'echo' };
    const found = examples.map((text) => {
      const parsed = parseJobSpec({ name: 'example', nodes: [node], ...(parse(text) as object) }, 0);
      if (parsed.kind !== 'faults') return undefined;
      return parsed.faults.map(({ path, message }) => `${path}: ${message}`).join('\n');
    });
    expect(found).toEqual(told);
    expect(told.filter((each) => each !== undefined)).toHaveLength(4);
  });
});
