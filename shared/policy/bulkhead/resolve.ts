import { bulkheadLimits } from './limits.ts';
import { type BulkheadPresets, bulkheadPresets } from './presets.ts';
import { type BulkheadRules, type BulkheadSpec, defaultBulkheadRules, type LimitBounds } from './spec.ts';

export interface BulkheadFault {
  /** Of the spec, with dots: `adaptive.least`. */
  readonly path: string;
  readonly message: string;
}

export type ResolvedBulkhead =
  | { readonly kind: 'rules'; readonly rules: BulkheadRules }
  | { readonly kind: 'faults'; readonly faults: readonly BulkheadFault[] };

/** What a bulkhead goes by: the spec, what it leaves open by its preset, and the rest by default. Or every fault of it at once. */
export function resolveBulkheadSpec(spec: BulkheadSpec, presets: BulkheadPresets = bulkheadPresets): ResolvedBulkhead {
  const faults: BulkheadFault[] = [];
  const add = (path: string, message: string) => void faults.push({ path, message });
  const named = presetOf(spec, presets, add);
  const { preset: _, ...values } = { ...defaultBulkheadRules, ...named, ...said(spec) };
  const rules: BulkheadRules = values;
  addNumberFaults(rules, add);
  if (rules.adaptive) addAdaptiveFaults(rules.adaptive, rules.limit, add);
  if (rules.weights) addWeightFaults(rules.weights, add);
  return faults.length > 0 ? { kind: 'faults', faults } : { kind: 'rules', rules };
}

type AddFault = (path: string, message: string) => void;

function presetOf({ preset }: BulkheadSpec, presets: BulkheadPresets, add: AddFault): BulkheadSpec | undefined {
  if (preset === undefined) return undefined;
  if (Object.hasOwn(presets, preset)) return presets[preset];
  const names = Object.keys(presets).map((name) => `\`${name}\``);
  add(
    'preset',
    `there is no preset \`${preset}\`; there ${names.length === 0 ? 'are none' : `are ${names.join(', ')}`}`,
  );
  return undefined;
}

/** A field that is undefined says nothing. */
function said(spec: BulkheadSpec): BulkheadSpec {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined));
}

function addNumberFaults(rules: BulkheadRules, add: AddFault): void {
  const { limit, queueMost, ageMs, leaseMs } = bulkheadLimits;
  addWholeFault('limit', rules.limit, limit, add, ': to let no call through, force a breaker open');
  addWholeFault('queueMost', rules.queueMost, queueMost, add, '; 0 lets nobody wait');
  addWholeFault('ageMs', rules.ageMs, ageMs, add);
  addWholeFault('leaseMs', rules.leaseMs, leaseMs, add);
}

function addAdaptiveFaults({ least, most }: LimitBounds, begin: number, add: AddFault): void {
  const leastIsSound = addWholeFault('adaptive.least', least, bulkheadLimits.limit, add);
  const mostIsSound = addWholeFault('adaptive.most', most, bulkheadLimits.limit, add);
  if (!leastIsSound || !mostIsSound) return;
  if (least >= most) add('adaptive.most', `is ${most}, and \`adaptive.least\` is ${least}: it must be greater`);
  else if (begin < least || begin > most)
    add('limit', `is ${begin}: the adaptive limit begins there, so it must be from ${least} to ${most}`);
}

function addWeightFaults(weights: Readonly<Record<string, number>>, add: AddFault): void {
  const { least, most } = bulkheadLimits.weight;
  const entries = Object.entries(weights);
  if (entries.length > bulkheadLimits.weights)
    add('weights', `names ${entries.length} tenants; ${bulkheadLimits.weights} are the most`);
  for (const [tenant, weight] of entries) {
    if (!(weight >= least && weight <= most))
      add(`weights.${tenant}`, `must be from ${least} to ${most}, but is ${weight}`);
  }
}

function addWholeFault(path: string, value: number, bounds: LimitBounds, add: AddFault, advice = ''): boolean {
  const { least, most } = bounds;
  const isSound = Number.isInteger(value) && value >= least && value <= most;
  if (!isSound) add(path, `must be a whole number from ${least} to ${most}, but is ${value}${advice}`);
  return isSound;
}
