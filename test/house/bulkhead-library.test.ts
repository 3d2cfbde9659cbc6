import { expect, test } from '@jest/globals';
import { runPageExample } from '../support/page-example.ts';

const use = `
console.log(JSON.stringify(await nearest('ann', async (query, signal) => [query, String(signal.aborted)])));
const fences = [];
await Promise.all([1, 2].map(() => store(async (fence) => void fences.push(fence), Date.now() + 5_000)));
console.log(fences[1] > fences[0]);
const slow = () => new Promise((done) => setTimeout(done, 50, []));
const all = await Promise.all(Array.from({ length: 90 }, () => nearest('many', slow)));
console.log(all.filter((each) => 'found' in each).length, all.find((each) => 'because' in each).because);
console.log(await store(async () => {}, Date.now() - 1_000));
`;

test('the example of docs/policies/bulkhead.md runs, refuses by a value, and lets the process end', () => {
  expect(runPageExample('bulkhead', use)).toEqual([
    '{"found":["ann","false"]}',
    'true',
    expect.stringMatching(
      /^88 bulkhead vectors is full: 8 of 8 permits are out and 80 of 80 places in the queue are taken/,
    ),
    'false',
  ]);
});
