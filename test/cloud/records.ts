import { readFileSync } from 'node:fs';

/** A line of the handlers' file: a call came, or was answered. */
export interface Entry {
  readonly kind: 'called' | 'succeeded' | 'failed';
  readonly jobId: string;
  readonly nodeId: string;
  readonly attempt: number;
  readonly pid: number;
  readonly at: number;
}

export function readEntries(file: string): readonly Entry[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry);
}
