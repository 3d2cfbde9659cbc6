import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createMemoryTargetCounts } from '../../shared/adapters/memory/target-counts.ts';
import { openSqliteStore } from '../../shared/adapters/sqlite/job-store.ts';
import { slotLimits } from '../../shared/policy/slots/index.ts';
import { describeTargetCounts } from './target-counts.suite.ts';

describeTargetCounts('the memory counts', () => {
  const counts = createMemoryTargetCounts();
  return { counts, other: () => counts, reopen: () => counts, close() {} };
});

describe.each([
  ['memory', () => ({ counts: createMemoryTargetCounts(), close() {} })],
  ['SQLite', () => openSqliteStore(':memory:')],
])('counts in %s', (_, open) => {
  test('make room for new names with those that were not added to for longest', async () => {
    const { counts, close } = open();
    const add = (name: string) => counts.add(name, [{ slot: 1, counts: { calls: 1 } }], 0);
    await add('old');
    await add('kept');
    await Promise.all(Array.from({ length: slotLimits.names - 2 }, (_each, at) => add(`name ${at}`)));
    await add('kept');
    await add('new');
    expect(await counts.add('old', [], 0)).toEqual([]);
    expect(await counts.add('kept', [], 0)).toEqual([{ slot: 1, counts: { calls: 2 } }]);
    expect(await counts.add('name 0', [], 0)).toEqual([{ slot: 1, counts: { calls: 1 } }]);
    close();
  });
});

describeTargetCounts('the SQLite counts', () => {
  const directory = mkdtempSync(join(tmpdir(), 'breakwater-'));
  const path = join(directory, 'store.db');
  let store = openSqliteStore(path);
  return {
    counts: store.counts,
    other: () => store.counts,
    reopen() {
      store.close();
      store = openSqliteStore(path);
      return store.counts;
    },
    close() {
      store.close();
      rmSync(directory, { recursive: true });
    },
  };
});
