import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Json } from '../../../../shared/core/json.ts';
import type { Attempt } from '../../../../shared/ports/index.ts';

/** One execution of a handler, as the process that ran it saw it. */
export interface Execution {
  readonly jobId: string;
  readonly nodeId: string;
  readonly attempt: number;
  readonly begunAt: number;
  readonly endedAt: number;
}

/** The built-in `sleep`, which writes down when it really ran: what the audit says is held against it. */
export async function sleep(input: Json, { jobId, nodeId, attempt, signal }: Attempt): Promise<null> {
  const begunAt = Date.now();
  await wait(Number((input as { readonly ms: number }).ms), undefined, { signal });
  const execution: Execution = { jobId, nodeId, attempt, begunAt, endedAt: Date.now() };
  appendFileSync(join(process.env['BENCH_TALLIES']!, `work-${process.pid}`), `${JSON.stringify(execution)}\n`);
  return null;
}
