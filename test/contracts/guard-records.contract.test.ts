import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryGuardRecords } from '../../shared/adapters/memory/guard-records.ts';
import { openSqliteStore } from '../../shared/adapters/sqlite/job-store.ts';
import { describeGuardRecords } from './guard-records.suite.ts';

describeGuardRecords('the memory records', () => {
  const records = createMemoryGuardRecords();
  return { records, reopen: () => records, close() {} };
});

describeGuardRecords('the SQLite records', () => {
  const directory = mkdtempSync(join(tmpdir(), 'breakwater-'));
  const path = join(directory, 'store.db');
  let store = openSqliteStore(path);
  return {
    records: store.guards,
    reopen() {
      store.close();
      store = openSqliteStore(path);
      return store.guards;
    },
    close() {
      store.close();
      rmSync(directory, { recursive: true });
    },
  };
});
