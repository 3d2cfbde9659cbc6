import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchOptions, Findings } from '../bench.ts';
import type { Figure, Kind } from '../figure.ts';

/** What one part of the bench found. */
export type Part = Pick<Findings, 'figures' | 'skipped'>;

export const found = (figures: readonly Figure[]): Part => ({ figures, skipped: [] });

export const skip = (name: string, because: string): Part => ({ figures: [], skipped: [{ name, because }] });

/** What runs in a process of its own. */
export const workload = (name: string) => new URL(`./workloads/${name}.ts`, import.meta.url);

export const freshDir = ({ dir }: BenchOptions) => mkdtempSync(join(dir, 'store-'));

export const ms = (goal?: number) => kind('ms', 'lower', goal);
export const times = (goal?: number) => kind('×', 'lower', goal);
export const perSecond = (goal?: number) => kind('steps/s', 'higher', goal);

export function kind(unit: string, better: Kind['better'], goal?: number): Kind {
  return { unit, better, ...(goal !== undefined && { goal }) };
}
