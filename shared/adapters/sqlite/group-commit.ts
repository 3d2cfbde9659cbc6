import type { DatabaseSync } from 'node:sqlite';

/** Writes carried by one transaction; what is more follows in the next one. */
const writesPerGroup = 1_000;

export interface GroupCommit {
  /** Resolves with what `write` returned, once that is durable. */
  carry<Verdict>(write: () => Verdict): Promise<Verdict>;
  /** Commits at once what waits. */
  flush(): void;
}

/**
 * Writes that are asked for in the same turn of the event loop share a transaction, and so its fsync. When the transaction fails
 * as a whole, all of them reject and nothing of them is there. `settle` is told of the end of each, before anybody else.
 */
export function createGroupCommit(
  database: DatabaseSync,
  failureOf: (thrown: unknown) => Error,
  settle: (end: 'committed' | 'rolledBack') => void,
): GroupCommit {
  const begin = database.prepare('BEGIN');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');
  let waiting: Carried[] = [];

  function run(group: readonly Carried[]): void {
    const verdicts: unknown[] = [];
    try {
      begin.run();
      for (const { write } of group) verdicts.push(write());
      commit.run();
      settle('committed');
    } catch (thrown) {
      if (database.isTransaction) rollback.run();
      settle('rolledBack');
      const failure = failureOf(thrown);
      for (const { reject } of group) reject(failure);
      return;
    }
    group.forEach(({ resolve }, at) => void resolve(verdicts[at]));
  }

  function flush(): void {
    const all = waiting;
    waiting = [];
    for (let at = 0; at < all.length; at += writesPerGroup) run(all.slice(at, at + writesPerGroup));
  }

  return {
    carry<Verdict>(write: () => Verdict): Promise<Verdict> {
      return new Promise<Verdict>((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush);
        waiting.push({ write, resolve: resolve as (verdict: unknown) => void, reject });
      });
    },
    flush,
  };
}

interface Carried {
  readonly write: () => unknown;
  readonly resolve: (verdict: unknown) => void;
  readonly reject: (failure: Error) => void;
}
