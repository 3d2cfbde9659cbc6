import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryPolicies } from '../../shared/adapters/memory/policies.ts';
import { openSqliteStore } from '../../shared/adapters/sqlite/job-store.ts';
import { describePolicies } from './policies.suite.ts';

describePolicies('the memory policies', () => {
  const policies = createMemoryPolicies();
  return { policies, reopen: () => policies, close() {} };
});

describePolicies('the SQLite policies', () => {
  const directory = mkdtempSync(join(tmpdir(), 'breakwater-'));
  const path = join(directory, 'store.db');
  let store = openSqliteStore(path);
  return {
    policies: store.policies,
    reopen() {
      store.close();
      store = openSqliteStore(path);
      return store.policies;
    },
    close() {
      store.close();
      rmSync(directory, { recursive: true });
    },
  };
});
