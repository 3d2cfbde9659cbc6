import { openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What one process of the chaos did, a line each. Times are milliseconds of the machine's monotonic clock, which all processes of a
 * machine share: so they can be put in one order, whatever a process believes the time to be.
 */
export type Line = {
  readonly at: number;
  readonly who: string;
} /** A call begins: the guards have let it through. */ & (
  | { readonly kind: 'begun'; readonly call: number; readonly guard: string }
  /** It is over, before its guards hear of it. Of what a killed process began there is no end. */
  | { readonly kind: 'ended'; readonly call: number; readonly failed: boolean }
  | { readonly kind: 'refused'; readonly guard: string; readonly because: string }
  | { readonly kind: 'mode'; readonly to: string }
  /** What it knows of the breaker has changed. */
  | { readonly kind: 'state'; readonly state: string; readonly version: number; readonly scope: string }
);

export type Said = Line extends infer Each ? (Each extends Line ? Omit<Each, 'at' | 'who'> : never) : never;

export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Each line is handed to the machine at once: what a killed process said is not lost. */
export function openLog(dir: string, who: string): (said: Said, at?: number) => void {
  const file = openSync(join(dir, `${who}.log`), 'a');
  return (said, at = monotonicMs()) => void writeSync(file, `${JSON.stringify({ at, who, ...said })}\n`);
}

/** All that was said, in order. The last line of a killed process may be cut. */
export function readLogs(dir: string): readonly Line[] {
  const files = readdirSync(dir).filter((file) => file.endsWith('.log'));
  const texts = files.flatMap((file) => readFileSync(join(dir, file), 'utf8').split('\n'));
  return texts
    .filter((text) => text.endsWith('}'))
    .map((text) => JSON.parse(text) as Line)
    .sort((a, b) => a.at - b.at);
}
