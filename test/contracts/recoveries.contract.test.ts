import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryJobStore } from '../../shared/adapters/memory/job-store.ts';
import { openSqliteStore } from '../../shared/adapters/sqlite/job-store.ts';
import { describeRecoveries } from './recoveries.suite.ts';

describeRecoveries('the memory store', () => {
  const store = createMemoryJobStore();
  return { store, recoveries: store.recoveries, reopen: () => store.recoveries, close() {} };
});

describeRecoveries('the SQLite store', () => {
  const directory = mkdtempSync(join(tmpdir(), 'breakwater-'));
  const path = join(directory, 'store.db');
  let store = openSqliteStore(path);
  return {
    store,
    recoveries: store.recoveries,
    reopen() {
      store.close();
      store = openSqliteStore(path);
      return store.recoveries;
    },
    close() {
      store.close();
      rmSync(directory, { recursive: true });
    },
  };
});
