import { readFile } from 'node:fs/promises';
import { CodedError, messageOf } from '../core/error.ts';
import { readDocument } from '../edge/cli/read-document.ts';
import {
  type BreakerPresets,
  type BreakerSpec,
  breakerPresets,
  configurePresets,
  resolveBreakerSpec,
} from '../policy/breaker/index.ts';
import {
  type BulkheadPresets,
  type BulkheadSpec,
  bulkheadPresets,
  resolveBulkheadSpec,
} from '../policy/bulkhead/index.ts';

/** What a deployment says of its guards. What an operator configures over the API goes before it. */
export interface GuardsFile {
  /** By the name of a target, or by how targets begin, with `*` at the end. */
  readonly breakers: Readonly<Record<string, BreakerSpec>>;
  readonly bulkheads: Readonly<Record<string, BulkheadSpec>>;
  readonly breakerPresets: BreakerPresets;
  readonly bulkheadPresets: BulkheadPresets;
  /** As many instances there may be at most: one that has not heard of the others takes its share of each limit by that. 1 unless said. */
  readonly instances?: number;
}

/** A file of people's is read whole. */
const guardsMost = 1_000;

export const noGuardsFile: GuardsFile = { breakers: {}, bulkheads: {}, breakerPresets, bulkheadPresets };

/** Rejects with `guards_invalid`, which names every fault of the file. */
export async function readGuardsFile(path: string): Promise<GuardsFile> {
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    throw invalid(path, [`cannot be read: ${messageOf(thrown)}`]);
  });
  const read = await readDocument(path, text);
  if (read.kind === 'faults') {
    throw invalid(
      path,
      read.faults.map(({ message, line }) => (line === undefined ? message : `line ${line}: ${message}`)),
    );
  }
  const result = parseGuards(read.document);
  if (result.kind === 'faults') throw invalid(path, result.faults);
  return result.file;
}

export type ParsedGuards =
  | { readonly kind: 'file'; readonly file: GuardsFile }
  | { readonly kind: 'faults'; readonly faults: readonly string[] };

const sections = ['breakers', 'bulkheads', 'breakerPresets', 'bulkheadPresets'] as const;
const keys: readonly string[] = [...sections, 'instances'];

/** As many as no deployment has. */
const instancesMost = 10_000;

/** Every fault is told at once, each with the place that it is about. */
export function parseGuards(document: unknown): ParsedGuards {
  const whole = asEntries(document ?? {});
  if (!whole) return { kind: 'faults', faults: [`must hold ${keys.join(', ')}`] };
  const faults = Object.keys(whole)
    .filter((key) => !keys.includes(key))
    .map((key) => `${key}: is not known here; there are ${keys.join(', ')}`);
  const { instances } = whole;
  if (instances !== undefined && !isCount(instances))
    faults.push(`instances: must be a whole number from 1 to ${instancesMost}, but is ${JSON.stringify(instances)}`);
  const part = <Value>(section: (typeof sections)[number]) => entriesIn<Value>(whole, section, faults);
  const own = configurePresets(part<BreakerSpec>('breakerPresets'));
  if (own.kind === 'faults')
    faults.push(...own.faults.map(({ path, message }) => `breakerPresets.${path}: ${message}`));
  const file = {
    breakers: part<BreakerSpec>('breakers'),
    bulkheads: part<BulkheadSpec>('bulkheads'),
    breakerPresets: own.kind === 'presets' ? own.presets : {},
    bulkheadPresets: { ...bulkheadPresets, ...part<BulkheadSpec>('bulkheadPresets') },
    ...(isCount(instances) && { instances }),
  };
  faults.push(...faultsOfGuards(file, own.kind === 'presets'));
  return faults.length > 0 ? { kind: 'faults', faults } : { kind: 'file', file };
}

function faultsOfGuards(file: GuardsFile, hasPresets: boolean): string[] {
  const faults: string[] = [];
  const add = (section: string, name: string, found: readonly { path: string; message: string }[]) =>
    void faults.push(...found.map(({ path, message }) => `${section}.${name}.${path}: ${message}`));
  if (hasPresets)
    for (const [name, spec] of Object.entries(file.breakers)) {
      const resolved = resolveBreakerSpec(spec, file.breakerPresets);
      if (resolved.kind === 'faults') add('breakers', name, resolved.faults);
    }
  for (const [section, specs] of [
    ['bulkheadPresets', file.bulkheadPresets],
    ['bulkheads', file.bulkheads],
  ] as const)
    for (const [name, spec] of Object.entries(specs)) {
      const resolved = resolveBulkheadSpec(spec, file.bulkheadPresets);
      if (resolved.kind === 'faults') add(section, name, resolved.faults);
    }
  return faults;
}

function entriesIn<Value>(
  whole: Readonly<Record<string, unknown>>,
  section: string,
  faults: string[],
): Readonly<Record<string, Value>> {
  const entries = asEntries(whole[section] ?? {});
  const sound = entries && Object.values(entries).every((value) => asEntries(value) !== undefined);
  if (!sound) faults.push(`${section}: must hold names, each with its values`);
  else if (Object.keys(entries).length > guardsMost) faults.push(`${section}: has more than ${guardsMost} names`);
  else return entries as Readonly<Record<string, Value>>;
  return {};
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= instancesMost;
}

function asEntries(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

function invalid(path: string, faults: readonly string[]): CodedError {
  return new CodedError(
    'guards_invalid',
    `The guards ${path} are not taken:\n${faults.map((each) => `  ${each}`).join('\n')}`,
  );
}
