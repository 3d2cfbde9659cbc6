import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryBatches } from '../../shared/adapters/memory/batches.ts';
import { openSqliteStore } from '../../shared/adapters/sqlite/job-store.ts';
import { describeBatches } from './batches.suite.ts';

describeBatches('the memory batches', () => {
  const batches = createMemoryBatches();
  return { batches, reopen: () => batches, close() {} };
});

describeBatches('the SQLite batches', () => {
  const directory = mkdtempSync(join(tmpdir(), 'breakwater-'));
  const path = join(directory, 'store.db');
  let store = openSqliteStore(path);
  return {
    batches: store.batches,
    reopen() {
      store.close();
      store = openSqliteStore(path);
      return store.batches;
    },
    close() {
      store.close();
      rmSync(directory, { recursive: true });
    },
  };
});
