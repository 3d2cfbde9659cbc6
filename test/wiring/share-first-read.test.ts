import { expect, test } from '@jest/globals';
import { createMemoryGuardRecords } from '../../shared/adapters/memory/guard-records.ts';
import { shareFirstRead } from '../../shared/wiring/share-first-read.ts';

const record = { name: 'few', revision: 1, spec: { limit: 1 }, changedAt: 1, changedBy: 'operator:ann' } as const;
const line = { guard: 'bulkhead', name: 'few', at: 1, by: 'operator:ann', action: 'configured' } as const;
const change = { record, line: { ...line, because: 'it needs it', number: 1 } };

/** Records that answer with what they had when they were asked, once `answers` is resolved. */
function aSlowStore() {
  const records = createMemoryGuardRecords();
  const answers = Promise.withResolvers<void>();
  const reads = { count: 0 };
  async function readAll() {
    reads.count++;
    const all = await records.readAll();
    await answers.promise;
    return all;
  }
  return { records: shareFirstRead({ ...records, readAll }), reads, answer: answers.resolve };
}

test('who reads first at the same time reads once, and later each by itself', async () => {
  const { records, reads, answer } = aSlowStore();
  const both = Promise.all([records.readAll(), records.readAll()]);
  answer();
  await both;
  expect(reads.count).toBe(1);
  await Promise.all([records.readAll(), records.readAll()]);
  expect(reads.count).toBe(3);
});

test('a change that comes while the first read is under way is in what is read after it', async () => {
  const { records, answer } = aSlowStore();
  const before = records.readAll();
  expect(await records.changeBulkhead(change)).toBe('stored');
  const after = records.readAll();
  answer();
  expect((await after).bulkheads).toEqual([record]);
  expect((await before).bulkheads).toEqual([]);
});
