import type { Json } from '../../core/json.ts';

/** What went wrong in an attempt. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** What whoever failed says of itself: final, or worth another attempt. A policy's rules may know better. */
  readonly retryable?: boolean;
  readonly details?: Json;
  /** Name of the exception, where the code is another one. */
  readonly name?: string;
  /** The target asked not to be called again before so many milliseconds have passed. */
  readonly retryAfterMs?: number;
}

/** The HTTP status that a failure is about: its code says it, as `http_503` does, or else the `status` of its details. */
export function statusOf(failure: Failure): number | undefined {
  const { details } = failure;
  const status = typeof details === 'object' && details !== null && 'status' in details ? details['status'] : undefined;
  return statusInCode(failure.code) ?? (typeof status === 'number' ? status : undefined);
}

export function statusInCode(code: string): number | undefined {
  const status = /^http_(\d{3})$/.exec(code)?.[1];
  return status === undefined ? undefined : Number(status);
}
