import { encodePageToken, placeIn } from '../../jobs/record/index.ts';
import { type GuardLine, lineOfTransition, lineOrder } from '../../policy/guards/index.ts';
import type { BreakerTransition, GuardChange, GuardRecord, GuardRecords } from '../../ports/index.ts';
import type { Changed, Room } from './policies.ts';

/** A row for each guard that an operator has changed, one for each line, and one for each breaker's last transition. */
export function createSqliteGuardRecords({ database, whenOpen, write }: Room): GuardRecords {
  function readAll<Spec>(kind: string): readonly GuardRecord<Spec>[] {
    const rows = database.prepare('SELECT body FROM guard WHERE kind = ? ORDER BY name').all(kind);
    return rows.map(bodyOf<GuardRecord<Spec>>);
  }

  function keepLine(line: GuardLine): void {
    database
      .prepare('INSERT OR IGNORE INTO guard_line (kind, name, at, place, body) VALUES (?, ?, ?, ?, ?)')
      .run(line.guard, line.name, line.at, lineOrder(line), JSON.stringify(line));
  }

  function keepLast(transition: BreakerTransition): void {
    const { name, at, version, to } = transition;
    database.prepare(keepLastSql).run(name, at, version, to === 'closed' ? null : JSON.stringify(transition));
  }

  function change<Spec>(kind: string, { record, line }: GuardChange<Spec>): Changed<'stored' | 'conflict'> {
    const { name, revision } = record;
    const before = database.prepare('SELECT revision FROM guard WHERE kind = ? AND name = ?').get(kind, name);
    if (Number(before?.['revision'] ?? 0) !== revision - 1) return { verdict: 'conflict', reads: 1, writes: 0 };
    database
      .prepare('INSERT OR REPLACE INTO guard (kind, name, revision, body) VALUES (?, ?, ?, ?)')
      .run(kind, name, revision, JSON.stringify(record));
    keepLine(line);
    const isReset = kind === 'breaker' && line.action === 'reset';
    if (isReset) database.prepare(keepResetSql).run(name, line.at, Number.MAX_SAFE_INTEGER);
    return { verdict: 'stored', reads: 1, writes: isReset ? 3 : 2 };
  }

  function keep(transitions: readonly BreakerTransition[]): Changed<undefined> {
    for (const each of transitions) {
      keepLine(lineOfTransition(each));
      keepLast(each);
    }
    return { verdict: undefined, reads: 0, writes: 2 * transitions.length };
  }

  return {
    readAll: async () => whenOpen(() => ({ breakers: readAll('breaker'), bulkheads: readAll('bulkhead') })),
    changeBreaker: async (each) => whenOpen(() => write(() => change('breaker', each))),
    changeBulkhead: async (each) => whenOpen(() => write(() => change('bulkhead', each))),
    keepTransitions: async (transitions) => whenOpen(() => write(() => keep(transitions))),
    lastTransitions: async () =>
      whenOpen(() =>
        database
          .prepare(lastSql)
          .all()
          .map(bodyOf<BreakerTransition>),
      ),
    async readLines(guard, name, most, before) {
      const place = placeIn(before);
      const rows = whenOpen(() =>
        place
          ? database.prepare(linesBehindSql).all(guard, name, place.submittedAt, place.jobId, most + 1)
          : database.prepare(linesSql).all(guard, name, most + 1),
      );
      const lines = rows.slice(0, most).map(bodyOf<GuardLine>);
      const last = lines.at(-1);
      if (!last || rows.length <= most) return { lines };
      return { lines, next: encodePageToken({ submittedAt: last.at, jobId: lineOrder(last) }) };
    },
  };
}

const bodyOf = <Body>(row: Readonly<Record<string, unknown>>): Body => JSON.parse(String(row['body'])) as Body;

const newestFirst = 'ORDER BY at DESC, place DESC LIMIT ?';
const linesSql = `SELECT body FROM guard_line WHERE kind = ? AND name = ? ${newestFirst}`;
const linesBehindSql = `SELECT body FROM guard_line WHERE kind = ? AND name = ? AND (at, place) < (?, ?) ${newestFirst}`;
const lastSql = 'SELECT transition_body AS body FROM breaker_last WHERE transition_body IS NOT NULL ORDER BY name';
const keepLastSql = `
  INSERT INTO breaker_last (name, at, version, transition_body) VALUES (?, ?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET at = excluded.at, version = excluded.version, transition_body = excluded.transition_body
  WHERE (excluded.at, excluded.version) > (breaker_last.at, breaker_last.version)
`;
/** What happened up to now, by whatever clock, happened before it. */
const keepResetSql = `
  INSERT INTO breaker_last (name, at, version, transition_body) VALUES (?, ?, ?, NULL)
  ON CONFLICT (name) DO UPDATE SET at = max(excluded.at, breaker_last.at), version = excluded.version, transition_body = NULL
`;
