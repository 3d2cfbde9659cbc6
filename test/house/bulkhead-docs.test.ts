import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import {
  type BulkheadSpec,
  bulkheadLimits,
  bulkheadPresets,
  defaultBulkheadRules,
  resolveBulkheadSpec,
} from '../../shared/policy/bulkhead/index.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/policies/bulkhead.md'), 'utf8');

/** The rows of the table whose first column has this name, without their blanks and ticks. */
function rowsOf(first: string): readonly (readonly string[])[] {
  const lines = page.split('\n');
  const head = lines.findIndex((line) => line.startsWith(`| ${first} `));
  const body = lines.slice(head + 2, lines.indexOf('', head));
  return body.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.replaceAll('`', '').trim()),
  );
}

describe('docs/policies/bulkhead.md', () => {
  test('shows the presets as the code has them', () => {
    expect(rowsOf('preset')).toEqual(
      Object.entries(bulkheadPresets).map(([name, { limit, queueMost }]) => [name, `${limit}`, `${queueMost}`]),
    );
  });

  test('shows the defaults and bounds as the code has them', () => {
    const numbers = ['limit', 'queueMost', 'ageMs', 'leaseMs'] as const;
    const rows = new Map(rowsOf('field').map(([name, , ...values]) => [name!, values]));
    for (const name of numbers) {
      const { least, most } = bulkheadLimits[name];
      expect(rows.get(name)).toEqual([`${defaultBulkheadRules[name]}`, `${least}`, `${most}`]);
    }
    expect([...rows.keys()]).toEqual([...numbers, 'adaptive', 'weights', 'preset']);
    const { least, most } = bulkheadLimits.weight;
    expect(page).toContain(`from ${least} to ${most} `);
  });

  const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!);

  test('shows only specs that can be, and beside those that cannot every fault as it is told', () => {
    expect(examples.length).toBeGreaterThan(6);
    for (const text of examples) {
      const resolved = resolveBulkheadSpec(parse(text) as BulkheadSpec);
      const told = [...text.matchAll(/ # (.*)/g)].map(([, fault]) => fault);
      const faults = resolved.kind === 'rules' ? [] : resolved.faults.map(({ path, message }) => `${path}: ${message}`);
      expect(faults).toEqual(told);
    }
  });
});
