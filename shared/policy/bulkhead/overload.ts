import { type Failure, kindOf } from '../retry/index.ts';

/** Of our doing, or of who asked: they say nothing of how busy the target is. */
const calledOff: ReadonlySet<string> = new Set(['aborted', 'abandoned', 'invocation_timeout', 'AbortError']);

/** Whether the target was too busy for the call: it took too long, or it said so. */
export function tellsOverload(failure: Failure): boolean {
  const kind = kindOf(failure);
  if (kind === 'timeout') return !calledOff.has(failure.code) && !calledOff.has(failure.name ?? '');
  return kind === 'overloaded';
}
