import type { DatabaseSync } from 'node:sqlite';

/** The number that a query of one row and one column gives. */
export function numberOf(database: DatabaseSync, sql: string): number {
  return Number(Object.values(database.prepare(sql).get() ?? {})[0]);
}
