/** The event streams that are open: counted against a limit, and all ended when the porch closes. */
export interface StreamPool {
  /** A signal that aborts when the stream must end; undefined when too many are open. Call `leave` once it has ended. */
  enter(): { readonly signal: AbortSignal; leave(): void } | undefined;
  readonly open: number;
  close(): void;
}

export function createStreamPool(most: number): StreamPool {
  const closing = new AbortController();
  let open = 0;
  return {
    enter() {
      if (open >= most || closing.signal.aborted) return undefined;
      open++;
      let isIn = true;
      return {
        signal: closing.signal,
        leave() {
          if (isIn) open--;
          isIn = false;
        },
      };
    },
    get open() {
      return open;
    },
    close: () => closing.abort(),
  };
}
