import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { CodedError } from '../../core/error.ts';

const decoders = { gzip: createGunzip, 'x-gzip': createGunzip, br: createBrotliDecompress } as const;

/**
 * The whole body, decoded. Bytes are counted after decoding and while they come, so a small body that unfolds to a huge one is
 * stopped at the limit too, and so is one that never unfolds to anything.
 */
export async function readWhole(body: Readable, coding: string, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of capped(decoded(body, coding, most), most)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What came of the first bytes in time, for a failure's details: whatever else goes wrong, the status is what matters. */
export async function readStart(body: Readable, coding: string, most: { bytes: number; ms: number }): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let left = most.bytes;
  AbortSignal.timeout(most.ms).addEventListener('abort', () => discard(body), { once: true });
  try {
    for await (const chunk of decoded(body, coding, most.bytes)) {
      chunks.push(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) break;
    }
  } catch {}
  discard(body);
  return Buffer.concat(chunks);
}

/** Ends the connection rather than wait for the rest; of a whole body there is none. */
export function discard(body: Readable): void {
  body.on('error', () => {}).destroy();
}

async function* decoded(body: Readable, coding: string, most: number): AsyncGenerator<Buffer> {
  if (coding === '' || coding === 'identity') return yield* body;
  const raw = capped(body, most + Math.ceil(most / 64) + 1_024);
  const first = await raw.next();
  // Answers without a body may still tell how it would be encoded.
  if (first.done) return;
  const decoder = Object.hasOwn(decoders, coding) ? decoders[coding as keyof typeof decoders]() : undefined;
  if (!decoder) throw new CodedError('bad_response', `its encoding \`${coding}\` was not asked for`);
  // An error reaches whoever reads the decoder; the callback only keeps it from being thrown a second time.
  yield* pipeline(startingWith(first.value, raw), decoder, () => {});
}

async function* startingWith(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

async function* capped(source: AsyncIterable<Buffer>, most: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > most) throw new CodedError('response_too_large', `it has more than ${most} bytes`);
    yield chunk;
  }
}
