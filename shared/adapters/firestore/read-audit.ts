import type { AuditLine } from '../../jobs/index.ts';
import type { Asker } from './ask.ts';
import { checkSchema, decodeLines } from './job-document.ts';
import { jobPath } from './layout.ts';
import { auditQuery } from './queries.ts';
import { type Place, type Texts, textsAt } from './texts.ts';
import { numberIn } from './values.ts';

/** The job's document is read first: what leaves it meanwhile is found in a chunk. */
export async function readAudit(
  asker: Asker,
  texts: Texts,
  jobId: string,
  after: number,
  limit: number,
): Promise<readonly AuditLine[]> {
  const path = jobPath(jobId);
  const document = (await asker.get([path], { fields: ['schema', 'auditCount', 'audit', 'auditAt'] })).documents.get(
    path,
  );
  if (!document) return [];
  checkSchema(document);
  const [tail] = await textsAt(texts, jobId, [{ document, field: 'audit' }]);
  const last = decodeLines(tail!);
  const firstOfTail = last[0]?.seq ?? numberIn(document.fields, 'auditCount')! + 1;
  const lines: AuditLine[] = [];
  for (let from = after; from + 1 < firstOfTail && lines.length < limit; ) {
    const moved = await readChunks(asker, texts, jobId, from, limit - lines.length);
    if (moved.length === 0) break;
    for (const line of moved) if (line.seq > after && line.seq < firstOfTail) lines.push(line);
    from = moved.at(-1)!.seq;
  }
  for (const line of last) if (line.seq > after) lines.push(line);
  return lines.slice(0, limit);
}

async function readChunks(
  asker: Asker,
  texts: Texts,
  jobId: string,
  after: number,
  lines: number,
): Promise<AuditLine[]> {
  const chunks = await asker.query(auditQuery(jobId, after, chunksFor(lines)));
  const places = chunks.map((document): Place => ({ document, field: 'text' }));
  return (await textsAt(texts, jobId, places)).flatMap(decodeLines);
}

/** Most chunks hold 64 lines; where these hold fewer, more are asked for. */
const chunksFor = (lines: number): number => Math.min(50, Math.ceil(lines / 64) + 1);
