import { adaptiveBound, type Bound, breakerBounds, groupCharsMost, windowCallsBound, windowMsBound } from './limits.ts';
import type { BreakerSpec } from './spec.ts';

export interface SpecFault {
  /** As people write it: `window.ms`. */
  readonly path: string;
  readonly message: string;
}

/** Faults of single values, whatever else is said: what is asked of a spec as it comes, from a program or from outside. */
export function faultsOfValues(spec: BreakerSpec): SpecFault[] {
  const faults: SpecFault[] = [];
  for (const [name, value] of Object.entries(spec)) {
    if (value === undefined) continue;
    if (Object.hasOwn(breakerBounds, name)) {
      faults.push(...faultsOfNumber(name, value, breakerBounds[name as keyof typeof breakerBounds]));
    } else if (Object.hasOwn(others, name)) faults.push(...others[name as keyof typeof others](value));
    else faults.push({ path: name, message: `is nothing that a breaker has; there are ${known.join(', ')}` });
  }
  return faults;
}

const others = {
  preset: (value: unknown) => faultsOfText('preset', value, groupCharsMost),
  group: (value: unknown) => faultsOfText('group', value, groupCharsMost),
  window: faultsOfWindow,
  adaptive: faultsOfAdaptive,
  early: (value: unknown) =>
    typeof value === 'boolean' ? [] : [{ path: 'early', message: `must be true or false, not ${shown(value)}` }],
};

const known = [...Object.keys(others), ...Object.keys(breakerBounds)].sort();

function faultsOfWindow(value: unknown): SpecFault[] {
  const { kind, ms, calls } = fieldsOf(value);
  if (kind === 'time') return faultsOfNumber('window.ms', ms, windowMsBound);
  if (kind === 'count') return faultsOfNumber('window.calls', calls, windowCallsBound);
  return [{ path: 'window.kind', message: `must be time (with ms) or count (with calls), not ${shown(kind)}` }];
}

function faultsOfAdaptive(value: unknown): SpecFault[] {
  const { least, most } = fieldsOf(value);
  const faults = [
    ...faultsOfNumber('adaptive.least', least, adaptiveBound),
    ...faultsOfNumber('adaptive.most', most, adaptiveBound),
  ];
  if (faults.length > 0 || Number(least) <= Number(most)) return faults;
  return [{ path: 'adaptive.least', message: `is ${least}, above \`adaptive.most\`, which is ${most}` }];
}

function faultsOfNumber(path: string, value: unknown, { least, most, isWhole, unit }: Bound): SpecFault[] {
  const isNumber = typeof value === 'number' && (isWhole ? Number.isInteger(value) : true);
  if (isNumber && value >= least && value <= most) return [];
  const range = isWhole
    ? `a whole number from ${counted(least)} to ${counted(most)}`
    : `a number above 0, up to ${most}`;
  return [{ path, message: `must be ${range}${unit}, not ${shown(value)}` }];
}

function faultsOfText(path: string, value: unknown, charsMost: number): SpecFault[] {
  if (typeof value === 'string' && value.length > 0 && value.length <= charsMost) return [];
  return [{ path, message: `must be a text of 1 to ${charsMost} characters, not ${shown(value)}` }];
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function counted(number: number): string {
  return number.toLocaleString('en-US');
}

function shown(value: unknown): string {
  if (value === undefined) return 'left out';
  return typeof value === 'string' ? JSON.stringify(value.slice(0, shownCharsMost)) : String(value);
}

const shownCharsMost = 50;
