export interface LineParts {
  /** Each is made only when the one before has been taken. */
  readonly pages: AsyncIterable<readonly unknown[]>;
  /** Aborts when the client has gone or the porch closes. */
  readonly gone: AbortSignal;
  /** Called when the stream ends, perhaps twice. `failure` is what broke it, if anything did. */
  readonly onEnd: (failure?: unknown) => void;
}

/**
 * NDJSON, a page at a time and only as fast as it is read. What cannot be given to its end breaks off instead of ending: whoever has
 * read a stream to its end has all of it.
 */
export function lineStream({ pages, gone, onEnd }: LineParts): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const source = pages[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const next = await source.next();
          gone.throwIfAborted();
          if (!next.done) return controller.enqueue(encoder.encode(next.value.map(textOf).join('')));
          onEnd();
          controller.close();
        } catch (failure) {
          onEnd(gone.aborted ? undefined : failure);
          controller.error(failure);
        }
      },
      cancel: () => onEnd(),
    },
    { highWaterMark: 0 },
  );
}

const textOf = (line: unknown): string => `${JSON.stringify(line)}\n`;
