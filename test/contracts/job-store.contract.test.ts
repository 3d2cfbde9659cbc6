import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryJobStore } from '../../shared/adapters/memory/job-store.ts';
import { openSqliteStore } from '../../shared/adapters/sqlite/job-store.ts';
import { describeJobStore } from './job-store.suite.ts';

describeJobStore('the memory store', () => {
  const store = createMemoryJobStore();
  return { store, reopen: () => store, close() {} };
});

describeJobStore('the SQLite store without a file', () => {
  const store = openSqliteStore(':memory:');
  return { store, reopen: () => store, close: () => store.close() };
});

describeJobStore('the SQLite store', () => {
  const directory = mkdtempSync(join(tmpdir(), 'breakwater-'));
  const path = join(directory, 'store.db');
  let store = openSqliteStore(path);
  return {
    store,
    reopen() {
      store.close();
      store = openSqliteStore(path);
      return store;
    },
    close() {
      store.close();
      rmSync(directory, { recursive: true });
    },
  };
});
