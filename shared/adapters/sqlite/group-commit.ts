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
 * Writes that are asked for in the same turn of the event loop share a transaction, and so its fsync. When one of them fails, each
 * gets a transaction of its own, so that it rejects alone. When the transaction fails as a whole, all of them reject and nothing of
 * them is there. `settle` is told of the end of each transaction, before anybody else.
 */
export function createGroupCommit(
  database: DatabaseSync,
  failureOf: (thrown: unknown) => unknown,
  settle: (end: 'committed' | 'rolledBack') => void,
): GroupCommit {
  const begin = database.prepare('BEGIN');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');
  let waiting: Carried[] = [];

  function run(group: readonly Carried[]): void {
    const end = transact(group);
    if (end.kind === 'committed') {
      group.forEach(({ resolve }, at) => void resolve(end.verdicts[at]));
    } else if (end.inWrite && group.length > 1) {
      for (const each of group) run([each]);
    } else {
      const failure = failureOf(end.thrown);
      for (const { reject } of group) reject(failure);
    }
  }

  function transact(group: readonly Carried[]): End {
    const verdicts: unknown[] = [];
    let inWrite = false;
    try {
      begin.run();
      inWrite = true;
      for (const { write } of group) verdicts.push(write());
      inWrite = false;
      commit.run();
      settle('committed');
      return { kind: 'committed', verdicts };
    } catch (thrown) {
      if (database.isTransaction) rollback.run();
      settle('rolledBack');
      return { kind: 'failed', inWrite, thrown };
    }
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
  readonly reject: (failure: unknown) => void;
}

type End =
  | { readonly kind: 'committed'; readonly verdicts: readonly unknown[] }
  | { readonly kind: 'failed'; readonly inWrite: boolean; readonly thrown: unknown };
