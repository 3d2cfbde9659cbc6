import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attempt } from '../../../shared/ports/index.ts';

/** Notes every run of a node in the file that RECORD_FILE names, before it does its work. The note survives a kill of the process. */
export async function record(input: number, { nodeId, attempt }: Attempt): Promise<{ of: string; twice: number }> {
  appendFileSync(process.env['RECORD_FILE']!, `${nodeId} ${attempt}\n`);
  await sleep(100 + (input % 7) * 20);
  return { of: nodeId, twice: input * 2 };
}
