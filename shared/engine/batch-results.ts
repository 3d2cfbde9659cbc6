import { notAPageToken } from '../core/error.ts';
import type { BatchResult } from '../jobs/batch/index.ts';
import type { Batches } from '../ports/index.ts';
import type { ResultPage, ResultQuery } from './batch-desk.ts';

/** Chunks of results, each a stored text: so many are read together, and so many for a page. */
const limits = { chunksPerLook: 4, chunksPerPage: 40 } as const;

/** A place behind which a page goes on: a result of a chunk. */
interface Place {
  readonly chunk: number;
  readonly result: number;
}

/** In the order in which they were told. A page that finds few of an outcome ends all the same, and says that there is more. */
export async function readResults(
  { readResults: read }: Pick<Batches, 'readResults'>,
  batchId: string,
  { outcome, size, pageToken }: ResultQuery,
): Promise<ResultPage> {
  const results: BatchResult[] = [];
  let { chunk, result }: Place = pageToken === undefined ? { chunk: 0, result: 0 } : placeIn(pageToken);
  for (const last = chunk + limits.chunksPerPage; chunk < last; ) {
    const chunks = await read(batchId, chunk, limits.chunksPerLook);
    for (const each of chunks) {
      for (; result < each.length; result++) {
        if (outcome !== undefined && each[result]!.outcome !== outcome) continue;
        if (results.length === size) return { results, nextPageToken: tokenOf({ chunk, result }) };
        results.push(each[result]!);
      }
      chunk++;
      result = 0;
    }
    if (chunks.length < limits.chunksPerLook) return { results };
  }
  return { results, nextPageToken: tokenOf({ chunk, result }) };
}

function tokenOf({ chunk, result }: Place): string {
  return Buffer.from(`result ${chunk} ${result}`).toString('base64url');
}

function placeIn(token: string): Place {
  const match = /^result (\d{1,9}) (\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString());
  if (match) return { chunk: Number(match[1]), result: Number(match[2]) };
  throw notAPageToken(token);
}
