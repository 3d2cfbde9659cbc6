import { appendFileSync } from 'node:fs';
import { createMachineClock } from '../../shared/adapters/machine/clock.ts';
import type { JsonObject } from '../../shared/core/json.ts';
import type { Attempt } from '../../shared/ports/index.ts';

/** What the doors of the cloud tests run. Every call and every answer is noted in the file RECORD_FILE before anybody can hear of it. */
export interface Work {
  readonly ms?: number;
  /** So many attempts fail before one succeeds. */
  readonly stumbles?: number;
  /** Fails for good. */
  readonly isFatal?: boolean;
  /** The result lists so many items. */
  readonly items?: number;
}

const clock = createMachineClock();

export async function work(given: Work | null, attempt: Attempt): Promise<JsonObject> {
  const { ms = 0, stumbles = 0, isFatal = false, items = 0 } = given ?? {};
  note('called', attempt);
  await clock.sleep(ms, attempt.signal);
  const said = { node: attempt.nodeId, attempt: attempt.attempt };
  if (isFatal || attempt.attempt <= stumbles) {
    note('failed', attempt);
    const code = isFatal ? 'broken' : 'shaky';
    throw Object.assign(new Error(`attempt ${attempt.attempt} is ${code}`), {
      code,
      retryable: !isFatal,
      details: said,
    });
  }
  note('succeeded', attempt);
  return { ...said, items: Array.from({ length: items }, (_, at) => at) };
}

/** One line, appended in one write: it is whole or not there, whoever is killed. */
function note(kind: string, { jobId, nodeId, attempt }: Attempt): void {
  const line = JSON.stringify({ kind, jobId, nodeId, attempt, pid: process.pid, at: clock.now() });
  appendFileSync(process.env['RECORD_FILE']!, `${line}\n`);
}
