import type { Json } from '../core/json.ts';
import type { Failure } from '../policy/retry/index.ts';
import type { Draft } from './draft.ts';
import type { RunningNode, WaitingNode } from './job.ts';
import { limits } from './limits.ts';
import { endAttempt } from './retry-node.ts';
import { type Line, pastOf, settle } from './settle-node.ts';
import { undoAt } from './undos.ts';

/** The node has succeeded with this result, if the job has room for it: each result and the sum of all have a limit. */
export function keepResult(
  draft: Draft,
  index: number,
  run: RunningNode | WaitingNode,
  { result, resultBytes }: { readonly result: Json; readonly resultBytes: number },
  line: Line,
): void {
  const sum = draft.header.resultBytes + resultBytes;
  const failure = tooLarge(resultBytes, sum);
  // What was taken back is so, whether there is room for the answer or not.
  if (failure && undoAt(draft, index)) return settle(draft, index, { state: 'succeeded', ...pastOf(run) }, line);
  if (failure) {
    const event = line.event === 'childEnded' ? line.event : 'failed';
    return endAttempt(draft, index, run, { event, failure, chance: 0 });
  }
  draft.header.resultBytes = sum;
  settle(draft, index, { state: 'succeeded', ...pastOf(run), result }, line);
}

/** All results of a job are loaded with it. */
function tooLarge(bytes: number, sum: number): Failure | undefined {
  if (bytes > limits.resultBytes) {
    const message = `its result has ${bytes} bytes; ${limits.resultBytes} are the most`;
    return { code: 'result_too_large', message, retryable: false };
  }
  if (sum <= limits.resultBytesPerJob) return undefined;
  const message = `its result of ${bytes} bytes would bring the job's results to ${sum}; ${limits.resultBytesPerJob} are the most`;
  return { code: 'results_too_large', message, retryable: false };
}
