import { encodePageToken, placeIn } from '../../jobs/record/index.ts';
import { type GuardLine, lineOfTransition, lineOrder } from '../../policy/guards/index.ts';
import type { GuardChange, GuardRecord, GuardRecords } from '../../ports/index.ts';
import type { Asker } from './ask.ts';
import { createBreakerLasts } from './breaker-lasts.ts';
import { guardChangesPath, guardLinePath, guardPath, schemaVersion, shardOf } from './layout.ts';
import { guardLinesQuery, guardsQuery } from './queries.ts';
import { ofNumber, ofText, ofWhole, type StoredDocument, type Timestamp, textIn, type Write } from './values.ts';

type Records = Awaited<ReturnType<GuardRecords['readAll']>>;

/**
 * A document for each guard that an operator has changed. Every change writes one more that all of them have in common: who reads again
 * and again, as every instance does, pays for that one as long as nothing was changed.
 */
export function createGuardRecords(asker: Asker): GuardRecords {
  const lasts = createBreakerLasts(asker);
  let known: { readonly changed: Timestamp; readonly records: Records } | undefined;

  async function readKind<Spec>(kind: string): Promise<readonly GuardRecord<Spec>[]> {
    const records: GuardRecord<Spec>[] = [];
    for (let after: string | undefined; ; ) {
      const documents = await asker.query(guardsQuery(kind, pageSize, after));
      records.push(...documents.map(textOf<GuardRecord<Spec>>));
      if (documents.length < pageSize) return records;
      after = documents.at(-1)!.path;
    }
  }

  async function change<Spec>({ record, line }: GuardChange<Spec>): Promise<'stored' | 'conflict'> {
    const path = guardPath(line.guard, record.name);
    const before = (await asker.get([path])).documents.get(path);
    const revision = before ? textOf<GuardRecord<Spec>>(before).revision : 0;
    if (revision !== record.revision - 1) return 'conflict';
    const closing = line.guard === 'breaker' && line.action === 'reset' ? [await lasts.closing(line)] : [];
    const written = await asker.commit([
      {
        path,
        fields: { schema: ofWhole(schemaVersion), text: ofText(JSON.stringify(record)) },
        only: before ? { updateTime: before.updateTime } : { exists: false },
      },
      lineWrite(line),
      { path: guardChangesPath, fields: { schema: ofWhole(schemaVersion), at: ofNumber(line.at) } },
      ...closing,
    ]);
    return written.kind === 'written' ? 'stored' : 'conflict';
  }

  return {
    async readAll() {
      const mark = (await asker.get([guardChangesPath])).documents.get(guardChangesPath);
      if (!mark) return { breakers: [], bulkheads: [] };
      if (known && isSame(known.changed, mark.updateTime)) return known.records;
      // Read after the mark: what was changed meanwhile is in it, and is read once more.
      const records: Records = { breakers: await readKind('breaker'), bulkheads: await readKind('bulkhead') };
      known = { changed: mark.updateTime, records };
      return records;
    },
    changeBreaker: change,
    changeBulkhead: change,
    keepTransitions: (transitions) => lasts.keep(transitions, (each) => lineWrite(lineOfTransition(each))),
    lastTransitions: () => lasts.last(),
    async readLines(guard, name, most, before) {
      const of = `${guard}:${name}`;
      const place = placeIn(before);
      const after = place && { at: place.submittedAt, path: guardLinePath(of, place.jobId, place.submittedAt) };
      const found = await asker.query(guardLinesQuery(of, most + 1, after));
      const lines = found.slice(0, most).map(textOf<GuardLine>);
      const last = lines.at(-1);
      if (!last || found.length <= most) return { lines };
      return { lines, next: encodePageToken({ submittedAt: last.at, jobId: lineOrder(last) }) };
    },
  };
}

const pageSize = 300;

/** On no condition: its name says all that tells it from others, so the same line overwrites itself. */
function lineWrite(line: GuardLine): Write {
  const of = `${line.guard}:${line.name}`;
  const fields = {
    schema: ofWhole(schemaVersion),
    shard: ofWhole(shardOf(of)),
    guard: ofText(of),
    at: ofNumber(line.at),
    text: ofText(JSON.stringify(line)),
  };
  return { path: guardLinePath(of, lineOrder(line), line.at), fields };
}

const textOf = <Body>({ fields }: StoredDocument): Body => JSON.parse(textIn(fields, 'text')!) as Body;

const isSame = (a: Timestamp, b: Timestamp): boolean =>
  String(a.seconds) === String(b.seconds) && (a.nanos ?? 0) === (b.nanos ?? 0);
