import { describe, expect, test } from '@jest/globals';
import {
  type BulkheadSpec,
  bulkheadPresets,
  defaultBulkheadRules,
  resolveBulkheadSpec,
} from '../../../shared/policy/bulkhead/index.ts';

const rulesOf = (...given: Parameters<typeof resolveBulkheadSpec>) => {
  const resolved = resolveBulkheadSpec(...given);
  if (resolved.kind !== 'rules') throw new Error(JSON.stringify(resolved.faults));
  return resolved.rules;
};
const faultsOf = (spec: BulkheadSpec, presets = bulkheadPresets) => {
  const resolved = resolveBulkheadSpec(spec, presets);
  return resolved.kind === 'rules' ? [] : resolved.faults.map(({ path, message }) => `${path}: ${message}`);
};

describe('what a bulkhead goes by', () => {
  test('is the default where nothing is said', () => {
    expect(rulesOf({})).toEqual(defaultBulkheadRules);
    expect(rulesOf({ limit: undefined } as unknown as BulkheadSpec)).toEqual(defaultBulkheadRules);
  });

  test('is what is said, before what its preset says, before the default', () => {
    expect(rulesOf({ preset: 'vector_operations', queueMost: 7 })).toEqual({
      ...defaultBulkheadRules,
      limit: 8,
      queueMost: 7,
    });
    expect(rulesOf({ preset: 'ours' }, { ours: { limit: 2, leaseMs: 500 } })).toEqual({
      ...defaultBulkheadRules,
      limit: 2,
      leaseMs: 500,
    });
  });

  test('can be every preset, as it is', () => {
    const found = Object.keys(bulkheadPresets).map((preset) => [
      preset,
      rulesOf({ preset }).limit,
      rulesOf({ preset }).queueMost,
    ]);
    expect(found).toEqual([
      ['analysis_execution', 5, 50],
      ['knowledge_loading', 10, 100],
      ['content_processing', 15, 200],
      ['vector_operations', 8, 80],
      ['ai_model_inference', 3, 30],
    ]);
  });

  test('may be any number within its bounds, the bounds included', () => {
    expect(rulesOf({ limit: 1, queueMost: 0, ageMs: 0, leaseMs: 200 })).toMatchObject({
      limit: 1,
      queueMost: 0,
      ageMs: 0,
    });
    expect(faultsOf({ limit: 10_000, queueMost: 1_000_000, ageMs: 3_600_000, leaseMs: 600_000 })).toEqual([]);
    expect(faultsOf({ limit: 5, adaptive: { least: 5, most: 6 } })).toEqual([]);
    expect(faultsOf({ limit: 6, adaptive: { least: 5, most: 6 } })).toEqual([]);
    expect(rulesOf({ weights: { small: 0.01, big: 100 } }).weights).toEqual({ small: 0.01, big: 100 });
  });
});

describe('a bulkhead that cannot be', () => {
  test('is told every fault at once, with the field, the value and what is possible', () => {
    expect(faultsOf({ limit: 0, queueMost: -1, ageMs: 1.5, leaseMs: 199 })).toEqual([
      'limit: must be a whole number from 1 to 10000, but is 0: to let no call through, force a breaker open',
      'queueMost: must be a whole number from 0 to 1000000, but is -1; 0 lets nobody wait',
      'ageMs: must be a whole number from 0 to 3600000, but is 1.5',
      'leaseMs: must be a whole number from 200 to 600000, but is 199',
    ]);
    expect(faultsOf({ limit: 10_001, queueMost: 1_000_001, ageMs: 3_600_001, leaseMs: 600_001 })).toHaveLength(4);
    expect(resolveBulkheadSpec({ limit: Number.NaN })).toMatchObject({ kind: 'faults', faults: [{ path: 'limit' }] });
    expect(faultsOf({ limit: '5' } as unknown as BulkheadSpec)).toHaveLength(1);
  });

  test('hears which presets there are when it names another', () => {
    expect(faultsOf({ preset: 'vectors' }, { one: { limit: 1 }, two: { limit: 2 } })).toEqual([
      'preset: there is no preset `vectors`; there are `one`, `two`',
    ]);
    expect(faultsOf({ preset: 'toString' }, {})).toEqual(['preset: there is no preset `toString`; there are none']);
  });

  test('hears what its adaptive bounds contradict', () => {
    expect(faultsOf({ limit: 5, adaptive: { least: 6, most: 6 } })).toEqual([
      'adaptive.most: is 6, and `adaptive.least` is 6: it must be greater',
    ]);
    expect(faultsOf({ limit: 5, adaptive: { least: 6, most: 9 } })).toEqual([
      'limit: is 5: the adaptive limit begins there, so it must be from 6 to 9',
    ]);
    expect(faultsOf({ limit: 10, adaptive: { least: 6, most: 9 } })).toHaveLength(1);
    expect(faultsOf({ limit: 5, adaptive: { least: 0, most: 9 } })).toEqual([
      'adaptive.least: must be a whole number from 1 to 10000, but is 0',
    ]);
    // Of bounds that can't be, nothing more is said.
    expect(faultsOf({ limit: 5, adaptive: { least: 20_000, most: 9 } })).toEqual([
      'adaptive.least: must be a whole number from 1 to 10000, but is 20000',
    ]);
    expect(faultsOf({ limit: 5, adaptive: { least: 9, most: 0 } })).toHaveLength(1);
    expect(faultsOf({ limit: 5, adaptive: { least: 1, most: 1e9 } })).toEqual([
      'adaptive.most: must be a whole number from 1 to 10000, but is 1000000000',
    ]);
  });

  test('hears which tenant weighs too little, too much or nothing, and that they are too many', () => {
    expect(faultsOf({ weights: { none: 0, much: 101, odd: Number.NaN } })).toEqual([
      'weights.none: must be from 0.01 to 100, but is 0',
      'weights.much: must be from 0.01 to 100, but is 101',
      'weights.odd: must be from 0.01 to 100, but is NaN',
    ]);
    const weights = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`t${at}`, 1]));
    expect(faultsOf({ weights: weights(1_000) })).toEqual([]);
    expect(faultsOf({ weights: weights(1_001) })).toEqual(['weights: names 1001 tenants; 1000 are the most']);
  });
});
