import { expect, test } from '@jest/globals';
import { figureOf } from './figure.ts';
import { reportOf } from './report.ts';

test('the report is one line, and each figure has its five fields', () => {
  const text = reportOf('engine', 'a machine', 'v24.0.0', {
    settings: { jobs: 10 },
    figures: [figureOf('speed', [1, 3], { unit: 'steps/s', better: 'higher' })],
    skipped: [{ name: 'W3', because: 'no file' }],
  });

  expect(text).not.toContain('\n');
  expect(JSON.parse(text)).toEqual({
    bench: 'engine',
    machine: 'a machine',
    node: 'v24.0.0',
    settings: { jobs: 10, spreads: { speed: [1, 3] }, skipped: [{ name: 'W3', because: 'no file' }] },
    figures: [{ name: 'speed', value: 2, unit: 'steps/s', goal: null, better: 'higher' }],
  });
});
