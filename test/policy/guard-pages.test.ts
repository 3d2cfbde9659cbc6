import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { parseJobSpec } from '../../shared/jobs/document/index.ts';
import { nodeAt } from '../../shared/jobs/index.ts';
import { defaultBreakerRules } from '../../shared/policy/breaker/index.ts';
import { budgetWindow, defaultBudgetRules, tellOverBudget } from '../../shared/policy/budget/index.ts';
import { defaultRetryPolicy } from '../../shared/policy/retry/index.ts';
import { anEngine } from '../support/an-engine.ts';

const pageOf = (name: string) => readFileSync(resolve(import.meta.dirname, `../../docs/policies/${name}.md`), 'utf8');
const budgetPage = pageOf('retry-budget');
const breakerPage = pageOf('circuit-breaker');

/** The value that a table tells of what its first cell begins with. */
function told(page: string, first: string): string {
  const row = page.split('\n').find((line) => line.startsWith(`| ${first}`));
  return row!.split('|').at(-2)!.trim();
}

function examplesOf(page: string): { readonly text: string; readonly fault: string | undefined }[] {
  return [...page.matchAll(/```yaml\n(?!# guards\.yaml\n)([\s\S]*?)```/g)].map(([, text]) => {
    return { text: text!, fault: / # (retry\..*)\n$/.exec(text!)?.[1] };
  });
}

const node = { id: 'a', type: 'function', handler: 'echo' };
const documentOf = (text: string) => ({ name: 'example', nodes: [node], ...(parse(text) as object) });

describe.each([
  ['retry-budget', budgetPage, 2],
  ['circuit-breaker', breakerPage, 4],
])('the page on %s', (_, page, examples) => {
  test('has the parts of every policy’s page', () => {
    const parts = [...page.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    for (const part of ['What for', 'Defaults', 'What it emits', 'States', 'Patterns', 'Anti-patterns'])
      expect(parts).toContain(part);
  });

  test('has sound examples, and those that it calls refused are refused in these words', () => {
    const found = examplesOf(page);
    expect(found).toHaveLength(examples);
    for (const { text, fault } of found) {
      const parsed = parseJobSpec(documentOf(text), 0);
      const faults = parsed.kind === 'faults' ? parsed.faults.map(({ path, message }) => `${path}: ${message}`) : [];
      expect(faults).toEqual(fault === undefined ? [] : [fault]);
    }
  });

  test('has examples that run to their end', async () => {
    for (const { text, fault } of examplesOf(page)) {
      if (fault !== undefined) continue;
      const http = { call: async () => ({ kind: 'succeeded', result: null }) as const };
      const held = await anEngine({
        http,
        register: (engine) => engine.registerHandler('echo', async (input) => input),
      });
      const jobId = await held.submit(documentOf(text));
      expect((await held.engine.get(jobId))!.header.state).toBe('completed');
      await held.engine.stop(0);
    }
  });
});

describe('the page on retry budgets', () => {
  test('tells the defaults', () => {
    expect(told(budgetPage, '`BREAKWATER_RETRY_BUDGET_SHARE`')).toBe(String(defaultBudgetRules.share));
    expect(told(budgetPage, '`BREAKWATER_RETRY_BUDGET_FLOOR`')).toBe(String(defaultBudgetRules.floor));
    expect([budgetWindow.slotMs, budgetWindow.slots]).toEqual([10_000, 6]);
    expect(budgetPage).toContain('slots of 10 seconds');
  });

  test('shows the words of the audit', () => {
    const over = { firstAttempts: 6_000, retries: 1_214, allowed: 1_200, share: 0.2 };
    expect(budgetPage).toContain(`\`${tellOverBudget('http:https://pay.example', over)}\``);
  });
});

describe('the page on circuit breakers', () => {
  test('tells the defaults', () => {
    const { failures, openMs, openMsMost, probes, successes, probeMs, spreadMs } = defaultBreakerRules;
    expect(told(breakerPage, 'failures in a row that open it')).toBe(String(failures));
    expect(told(breakerPage, 'how long it stays open')).toContain(`${openMs / 1_000} s, doubled`);
    expect(told(breakerPage, 'how long it stays open')).toContain(`up to ${openMsMost / 60_000} min`);
    expect(told(breakerPage, 'probes under way at once')).toBe(String(probes));
    expect(told(breakerPage, 'probes in a row that close it')).toBe(String(successes));
    expect(told(breakerPage, 'a probe that says nothing')).toBe(`${probeMs / 1_000} s`);
    expect(told(breakerPage, 'over how long those who waited')).toBe(`${spreadMs / 1_000} s`);
    expect(told(breakerPage, '`delay` between attempts')).toContain(`${defaultRetryPolicy.delay / 1_000} s`);
  });

  test('shows the words of the audit', async () => {
    const held = await anEngine({
      options: { concurrency: 1 },
      register: (engine) =>
        engine.registerHandler('work', async () => {
          throw new Error('down');
        }),
    });
    const nodes = Array.from({ length: 7 }, (_, at) => ({ id: `n${at}`, type: 'function', handler: 'work' }));
    const jobId = await held.submit({
      name: 'down',
      retry: { strategy: 'circuit_breaker', delay: '2s', maxAttempts: 4 },
      nodes,
    });
    expect(nodeAt((await held.engine.get(jobId))!, 6)).toMatchObject({ state: 'retrying', attempt: 0 });
    const lines = (await held.store.readAudit(jobId, 0, 100)).flatMap(({ because }) => because ?? []);
    const words = new Set(lines.map((line) => line.replace(/ in 3\d{4} ms| in 4\d{4} ms/, ' in 31240 ms')));
    for (const line of words) expect(breakerPage).toContain(line.replace('handler:work', 'http:https://pay.example'));
    expect([...words].filter((line) => line.includes('breaker'))).toHaveLength(3);
  });
});
