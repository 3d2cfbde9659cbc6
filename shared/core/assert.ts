/** A broken invariant: a bug of ours, never bad input. It stops the step and leaves the stored state as it was. */
export class BrokenInvariant extends Error {
  readonly code = 'broken_invariant';
}

export function assert(truth: unknown, invariant: string): asserts truth {
  if (!truth) throw new BrokenInvariant(invariant);
}

/** For the end of a `switch` over a closed union. */
export function never(value: never): never {
  throw new BrokenInvariant(`no case for ${JSON.stringify(value)}`);
}
