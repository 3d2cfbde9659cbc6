import type { DatabaseSync } from 'node:sqlite';
import {
  created,
  deleted,
  encodeNamePlace,
  found,
  nameBefore,
  type PolicyHistory,
  type PolicyVersion,
  updated,
} from '../../policy/named/index.ts';
import type { Policies } from '../../ports/index.ts';

/** How the store that has the file lets others use it. */
export interface Room {
  readonly database: DatabaseSync;
  /** Refuses once the store is closed, and tells failures in our codes. */
  whenOpen<Answer>(ask: () => Answer): Answer;
  /** Within the next transaction; resolves once that is durable. */
  write<Verdict>(act: () => Changed<Verdict>): Promise<Verdict>;
}

export interface Changed<Verdict> {
  readonly verdict: Verdict;
  readonly reads: number;
  readonly writes: number;
}

/** A row for each name, with the newest version apart from the earlier ones, which hardly anybody reads. */
export function createSqlitePolicies({ database, whenOpen, write }: Room): Policies {
  function read(kind: string, name: string): PolicyHistory | undefined {
    const row = database
      .prepare('SELECT version, newest, earlier FROM policy WHERE kind = ? AND name = ?')
      .get(kind, name);
    if (!row) return undefined;
    const newest = row['newest'] === null ? [] : [JSON.parse(String(row['newest'])) as PolicyVersion];
    const earlier = JSON.parse(String(row['earlier'])) as readonly PolicyVersion[];
    return { newest: Number(row['version']), versions: [...earlier, ...newest] };
  }

  function keep(kind: string, name: string, { newest, versions }: PolicyHistory): void {
    const last = versions.at(-1);
    database
      .prepare('INSERT OR REPLACE INTO policy (kind, name, version, newest, earlier) VALUES (?, ?, ?, ?, ?)')
      .run(kind, name, newest, last ? JSON.stringify(last) : null, JSON.stringify(versions.slice(0, -1)));
  }

  function change<Verdict>(
    kind: string,
    name: string,
    decide: (before: PolicyHistory | undefined) => { readonly verdict: Verdict; readonly after?: PolicyHistory },
  ): Promise<Verdict> {
    return write(() => {
      const { verdict, after } = decide(read(kind, name));
      if (after) keep(kind, name, after);
      return { verdict, reads: 1, writes: after ? 1 : 0 };
    });
  }

  return {
    create: async (kind, name, draft) => whenOpen(() => change(kind, name, (before) => created(before, name, draft))),
    update: async (kind, name, seen, draft) =>
      whenOpen(() => change(kind, name, (before) => updated(before, seen, draft))),
    delete: async (kind, name, seen) => whenOpen(() => change(kind, name, (before) => deleted(before, seen))),
    get: async (kind, name, version) => whenOpen(() => found(read(kind, name), version)),
    versions: async (kind, name) => whenOpen(() => read(kind, name)?.versions.toReversed() ?? []),
    async list(kind, { size, pageToken }) {
      const after = nameBefore(pageToken);
      const rows = whenOpen(() => database.prepare(listSql).all(kind, after, size + 1));
      const policies = rows.slice(0, size).map((row) => JSON.parse(String(row['newest'])) as PolicyVersion);
      const last = policies.at(-1);
      return last && rows.length > size ? { policies, nextPageToken: encodeNamePlace(last.name) } : { policies };
    },
  };
}

const listSql = 'SELECT newest FROM policy WHERE kind = ? AND name > ? AND newest IS NOT NULL ORDER BY name LIMIT ?';
