import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { anyPolicy, parseJobSpec, parseRetryPolicy } from '../../shared/jobs/document/index.ts';
import { withStatePicture } from '../support/state-picture.ts';

const root = resolve(import.meta.dirname, '../..');
const pages = [
  'README.md',
  'docs/job-files.md',
  'docs/redrive.md',
  'docs/policies/retry.md',
  'docs/policies/adaptive-retry.md',
  'docs/policies/recovery.md',
];
const architecture = resolve(import.meta.dirname, '../../docs/ARCHITECTURE.md');

describe('the docs', () => {
  test('show the states as the transition table has them (UPDATE_DOCS=1 draws the picture anew)', () => {
    const page = readFileSync(architecture, 'utf8');
    if (process.env['UPDATE_DOCS']) writeFileSync(architecture, withStatePicture(page));
    expect(readFileSync(architecture, 'utf8')).toBe(withStatePicture(page));
  });

  test('show a retry policy that may be given a name', () => {
    const page = readFileSync(resolve(root, 'docs/job-files.md'), 'utf8');
    const [, policy] = /```yaml\n# careful\.yaml\n([\s\S]*?)```/.exec(page)!;
    expect(parseRetryPolicy(parse(policy!))).toMatchObject({ kind: 'policy' });
  });

  test.each(pages)('show in %s only job files that are sound', (page) => {
    const examples = [...readFileSync(resolve(root, page), 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)].map(
      ([, text]) => text!,
    );
    const jobs = examples.filter((text) => text.includes('nodes:'));
    expect(jobs.length).toBeGreaterThan(0);
    const now = Date.parse('2026-01-01T00:00:00Z');
    expect(
      jobs.map((text) => parseJobSpec(parse(text), now, false, anyPolicy)).filter(({ kind }) => kind === 'faults'),
    ).toEqual([]);
  });
});
