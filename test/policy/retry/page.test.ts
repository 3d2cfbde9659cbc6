import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { parseJobSpec, retry } from '../../../shared/jobs/document/index.ts';
import {
  decideRetry,
  defaultRetryPolicy,
  failureTable,
  retryJitters,
  retryStrategies,
} from '../../../shared/policy/retry/index.ts';

const path = resolve(import.meta.dirname, '../../../docs/policies/retry.md');
const page = readFileSync(path, 'utf8');
const begin = '<!-- table of failures -->\n';
const end = '<!-- end of the table of failures -->';

function withTable(text: string): string {
  const rows = failureTable.map(
    ({ by, retry, because, of }) =>
      `| ${by} | ${of.map((each) => `\`${each}\``).join(', ')} | ${retry ? 'retry' : 'final'} | ${because} |`,
  );
  const table = ['| by | what | verdict | because |', '| --- | --- | --- | --- |', ...rows].join('\n');
  const [before, rest = ''] = text.split(begin);
  return `${before}${begin}\n${table}\n\n${end}${rest.split(end)[1]}`;
}

/** First cells of the rows of the table whose head begins so. */
function rowsOf(head: string): string[][] {
  const [, table = ''] = page.split(`| ${head} `);
  const rows = table.split('\n\n')[0]!.split('\n').slice(2);
  return rows.map((row) =>
    row
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
}
const named = (head: string) => rowsOf(head).map(([cell]) => cell!.replaceAll('`', ''));

describe('the page on retries', () => {
  test('shows the table of failures as the code has it (UPDATE_DOCS=1 writes it anew)', () => {
    if (process.env['UPDATE_DOCS']) writeFileSync(path, withTable(page));
    expect(readFileSync(path, 'utf8')).toBe(withTable(page));
  });

  test('names every field, strategy and jitter', () => {
    // `policy` is filled in, and nobody writes it: which policy with a name this one is a copy of.
    const fields = Object.keys(retry.shape).filter((field) => field !== 'policy');
    expect(named('field').sort()).toEqual(fields.sort());
    expect(named('strategy')).toEqual([...retryStrategies, 'adaptive']);
    expect(named('jitter')).toEqual([...retryJitters]);
  });

  test('tells the defaults', () => {
    const defaults = new Map(rowsOf('field').map(([field, , value]) => [field!.replaceAll('`', ''), value!]));
    const { factor, spread, delay, maxDelay, maxRetryAfter, ...plain } = defaultRetryPolicy;
    for (const [field, value] of Object.entries(plain))
      expect([field, defaults.get(field)!.split(';')[0]!.replaceAll('`', '')]).toEqual([field, String(value)]);
    expect(defaults.get('factor')).toBe(`${factor}; ${spread}`);
    expect([delay, maxDelay, maxRetryAfter]).toEqual([1_000, 60_000, 3_600_000]);
    expect(defaults.get('delay')).toBe('1 s');
    expect(defaults.get('maxDelay')).toMatch(/^60 s /);
    expect(defaults.get('maxRetryAfter')).toBe('1 h');
  });

  test.each(rowsOf('strategy').filter(([, delays]) => delays!.includes(',')))(
    'shows the delays of %s',
    (name, told) => {
      const strategy = retryStrategies.find((each) => `\`${each}\`` === name)!;
      const delays = [1, 2, 3, 4, 5, 6].map((failures) => {
        const history = { failures, leaseLosses: 0, elapsedMs: 0 };
        const verdict = decideRetry(
          { strategy, jitter: 'none', maxAttempts: 9 },
          { code: 'x', message: '' },
          history,
          0,
        );
        return verdict.kind === 'retry' ? `${verdict.delayMs / 1_000} s` : verdict.because;
      });
      expect(told).toBe(`${delays.join(', ')} …`);
    },
  );

  test('has sound examples, and those that it calls refused are refused in these words', () => {
    const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!);
    const told = examples.map((text) => / # (retry\..*)\n$/.exec(text)?.[1]);
    const node = { id: 'a', type: 'function', handler: 'echo' };
    const found = examples.map((text) => {
      const parsed = parseJobSpec({ name: 'example', nodes: [node], ...(parse(text) as object) }, 0);
      return parsed.kind === 'faults'
        ? parsed.faults.map(({ path: place, message }) => `${place}: ${message}`).join('\n')
        : undefined;
    });
    expect(found).toEqual(told);
    expect(told.filter((each) => each !== undefined).length).toBeGreaterThan(2);
  });
});
