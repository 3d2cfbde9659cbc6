/** Codes of what failed on our side, was full or was called off. It says nothing of the target. */
export function isOfOurs(code: string): boolean {
  return ofOurs.has(code);
}

const ofOurs: ReadonlySet<string> = new Set([
  'aborted',
  'abandoned',
  'AbortError',
  'ABORT_ERR',
  'invocation_timeout',
  'lease_lost',
  'dead_letter',
  'handler_unknown',
  'topic_full',
  'breaker_open',
  'bulkhead_full',
  'rate_limited',
  'deadline_passed',
  'over_retry_budget',
]);
