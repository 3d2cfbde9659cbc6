import { openSqliteStore } from '../../../shared/adapters/sqlite/job-store.ts';
import { codeOf, messageOf } from '../../../shared/core/error.ts';

// Opens the store that it is given and says what came of it, as a process of its own.
try {
  openSqliteStore(process.argv[2]!).close();
  process.stdout.write('opened\n');
} catch (thrown) {
  process.stdout.write(`${codeOf(thrown)}: ${messageOf(thrown)}\n`);
}
