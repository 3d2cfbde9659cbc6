import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { parseJobSpec } from '../../../shared/jobs/document/index.ts';
import { limits, policyAt, transitions } from '../../../shared/jobs/index.ts';
import { jobOf, node, play } from '../../jobs/a-story.ts';
import { walkRollback } from '../../jobs/rollback-walk.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../../docs/policies/rollback.md'), 'utf8');

describe('the page on rollbacks', () => {
  test('has sound examples, and those that it calls refused are refused in these words', () => {
    const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!);
    const told = examples.map((text) => /\n# (nodes.*)\n$/.exec(text)?.[1]);
    const found = examples.map((text) => {
      const parsed = parseJobSpec({ name: 'example', ...(parse(text) as object) }, 0);
      return parsed.kind === 'faults'
        ? parsed.faults.map((fault) => `${fault.path}: ${fault.message}`).join('\n')
        : undefined;
    });
    expect(found).toEqual(told);
    expect(told.filter((each) => each !== undefined)).toHaveLength(3);
  });

  test('names every line that a rollback writes beside those of any work', () => {
    const ofAnyWork: ReadonlySet<string> = new Set([
      ...['claimed', 'accepted', 'succeeded', 'failed', 'released', 'leaseLost', 'retriedNow', 'unblocked', 'skipped'],
      ...['childEnded', 'delayDue', 'cancelled', 'recoveryActed', 'recoveryEnded'],
    ]);
    const seen = new Set<string>();
    for (let seed = 1; seed <= 400; seed++) {
      walkRollback(seed, ({ before, after, lines }) => {
        if (!before.header.rollback && !after.header.rollback) return;
        for (const { event } of lines.slice(before.header.auditCount)) if (!ofAnyWork.has(event)) seen.add(event);
      });
    }
    const table = page.split('| `event`')[1]!.split('\n\n')[0]!.split('\n').slice(2);
    expect(table.map((row) => row.split('`')[1]!).sort()).toEqual([...seen].sort());
  });

  test('draws the states that the table of transitions has', () => {
    const picture = page.split('```mermaid')[1]!;
    for (const to of transitions.rolling_back) expect(picture).toContain(`rolling_back --> ${to}:`);
    expect(picture).toContain('paused --> rolling_back:');
  });

  test('tells the default policy of compensations and their limit', () => {
    const undo = { type: 'function', handler: 'undo' };
    const job = jobOf(node('pay', [], { compensate: undo }));
    const begun = play(job, [
      [0, { kind: 'claimed', node: 0, attempt: 1, owner: 'engine', leaseUntil: 9_000_000 }],
      [1, { kind: 'succeeded', node: 0, attempt: 1, result: null, resultBytes: 4 }],
      [2, { kind: 'rollbackStarted', by: 'ada' }],
    ]);
    expect(page).toContain(`else ${policyAt(begun, 1).maxAttempts} attempts`);
    expect(page).toContain(`| ${limits.compensationsPerJob.toLocaleString('en')}, over all its rollbacks`);
  });
});
