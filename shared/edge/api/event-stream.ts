import type { Clock } from '../../core/clock.ts';
import type { AuditLine } from '../../jobs/index.ts';

export interface StreamParts {
  readonly lines: AsyncIterable<AuditLine>;
  /** What the `end` event says, once the lines have ended; undefined when they ended for another reason than the job's end. */
  readonly ending: () => Promise<unknown>;
  readonly clock: Clock;
  readonly keepAliveMs: number;
  readonly reconnectMs: number;
  /** Aborts when the client has gone, the porch closes or the stream has ended. */
  readonly gone: AbortSignal;
  /** Called when the stream ends, perhaps twice; it must abort `gone`. `failure` is what broke the stream, if anything did. */
  readonly onEnd: (failure?: unknown) => void;
}

/**
 * Server-sent events, made as fast as they are read and no faster. A stream that breaks off without `end` is to be taken up again:
 * the client's `Last-Event-ID` is the number of the last line that it has seen.
 */
export function eventStream(parts: StreamParts): ReadableStream<Uint8Array> {
  const texts = eventTexts(parts);
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const next = await texts.next();
          if (!next.done) return controller.enqueue(encoder.encode(next.value));
          parts.onEnd();
        } catch (failure) {
          parts.onEnd(failure);
        }
        controller.close();
      },
      async cancel() {
        parts.onEnd();
        await texts.return();
      },
    },
    { highWaterMark: 0 },
  );
}

async function* eventTexts(parts: StreamParts): AsyncGenerator<string, void> {
  yield `retry: ${parts.reconnectMs}\n\n`;
  const source = parts.lines[Symbol.asyncIterator]();
  try {
    for (let next = source.next(); ; ) {
      const heard = await listen(next, parts);
      if (parts.gone.aborted) return;
      if (heard === 'silence') {
        yield ': keep-alive\n\n';
        continue;
      }
      if (heard.done) break;
      yield eventText(heard.value);
      next = source.next();
    }
  } finally {
    void source.return?.().catch(() => undefined);
  }
  const end = await parts.ending();
  if (end !== undefined) yield `id: ${endId}\nevent: end\ndata: ${JSON.stringify(end)}\n\n`;
}

/** The number of the `end` event: a client that comes back with it has seen everything. */
export const endId = 'end';

function eventText(line: AuditLine): string {
  return `id: ${line.seq}\nevent: ${line.event}\ndata: ${JSON.stringify(line)}\n\n`;
}

async function listen(
  next: Promise<IteratorResult<AuditLine>>,
  parts: StreamParts,
): Promise<IteratorResult<AuditLine> | 'silence'> {
  const heard = new AbortController();
  const wake = () => heard.abort();
  parts.gone.addEventListener('abort', wake, { once: true });
  if (parts.gone.aborted) wake();
  try {
    return await Promise.race([
      next,
      parts.clock.sleep(parts.keepAliveMs, heard.signal).then(() => 'silence' as const),
    ]);
  } finally {
    wake();
    parts.gone.removeEventListener('abort', wake);
  }
}
