import { expect, test } from '@jest/globals';
import { parseJobSpec } from '../../../shared/jobs/document/index.ts';
import { fateOf } from './fate.ts';
import { plansOf } from './plans.ts';
import { handlerCaller, httpCaller, jobOf } from './shapes.ts';

const shares = { failing: 0.3, hanging: 0.05 };

test('the same seed gives the same jobs, another one others; all of them are valid and have names of their own', () => {
  const plans = plansOf(7, 200, httpCaller('http://127.0.0.1:1/work', 1_000), {});
  expect(plansOf(7, 200, httpCaller('http://127.0.0.1:1/work', 1_000), {})).toEqual(plans);
  expect(plansOf(8, 200, httpCaller('http://127.0.0.1:1/work', 1_000), {})).not.toEqual(plans);
  expect(new Set(plans.map(({ name }) => name)).size).toBe(200);
  expect(new Set(plans.map(({ ends }) => ends))).toEqual(new Set(['completed', 'failed']));
  for (const { document } of [...plans, ...plansOf(7, 50, handlerCaller(1_000), {})])
    expect(parseJobSpec(document, 0)).toMatchObject({ kind: 'spec' });
});

test('recorded workflows are among the jobs where there are any', () => {
  const recorded = { tale: (name: string) => jobOf(name, []) };
  const plans = plansOf(7, 200, httpCaller('http://127.0.0.1:1/work', 1_000), recorded);
  const count = plans.filter(({ name }) => name.startsWith('tale-')).length;
  expect(count).toBeGreaterThan(15);
  expect(count).toBeLessThan(60);
});

test('of many calls as many fail and hang as were asked for, and each call meets the same fate again', () => {
  const fates = Array.from({ length: 10_000 }, (_, call) => fateOf(1, shares, `job-${call}/a`, 1));
  const counts = Object.groupBy(fates, (fate) => fate);
  const share = (fate: keyof typeof counts) => (counts[fate]?.length ?? 0) / fates.length;
  expect(share('answered')).toBeCloseTo(0.65, 1);
  for (const fate of ['unavailable', 'broken', 'reset'] as const) expect(share(fate)).toBeCloseTo(0.1, 1);
  expect(Math.abs(share('hung') - 0.05)).toBeLessThan(0.01);
  expect(fateOf(1, shares, 'job-3/a', 1)).toBe(fates[3]);
});

test('an attempt that failed says nothing about the next one', () => {
  const again = Array.from({ length: 2_000 }, (_, call) => [1, 2].map((at) => fateOf(1, shares, `job-${call}/a`, at)));
  const afterFailure = again.filter(([first]) => first !== 'answered');
  const answered = afterFailure.filter(([, second]) => second === 'answered').length;
  expect(Math.abs(answered / afterFailure.length - 0.65)).toBeLessThan(0.06);
});
