import { expect, test } from '@jest/globals';
import { createMemoryGuardRecords } from '../../shared/adapters/memory/guard-records.ts';
import { shareFirstRead } from '../../shared/wiring/share-first-read.ts';

const record = { name: 'few', revision: 1, spec: { limit: 1 }, changedAt: 1, changedBy: 'operator:ann' } as const;
const line = { guard: 'bulkhead', name: 'few', at: 1, by: 'operator:ann', action: 'configured' } as const;
const change = { record, line: { ...line, because: 'it needs it', number: 1 } };

function counted() {
  const records = createMemoryGuardRecords();
  const reads = { count: 0 };
  const readAll = () => {
    reads.count++;
    return records.readAll();
  };
  return { records: shareFirstRead({ ...records, readAll }), reads };
}

test('who reads first at the same time reads once, and later each by itself', async () => {
  const { records, reads } = counted();
  await Promise.all([records.readAll(), records.readAll()]);
  expect(reads.count).toBe(1);
  await Promise.all([records.readAll(), records.readAll()]);
  expect(reads.count).toBe(3);
});

test('a change that comes while the first read is under way is in what is read after it', async () => {
  const { records } = counted();
  const before = records.readAll();
  expect(await records.changeBulkhead(change)).toBe('stored');
  expect((await records.readAll()).bulkheads).toEqual([record]);
  await before;
});
