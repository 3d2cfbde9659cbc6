import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type BreakerPresets,
  type BreakerSpec,
  breakerPresets,
  configurePresets,
  defaultBreakerRules,
  resolveBreakerSpec,
} from '../../../shared/policy/breaker/index.ts';

function rulesOf(spec: BreakerSpec, presets?: BreakerPresets) {
  const resolved = resolveBreakerSpec(spec, presets);
  if (resolved.kind === 'faults') throw new Error(JSON.stringify(resolved.faults));
  return resolved.rules;
}

function faultsOf(spec: object): string[] {
  const resolved = resolveBreakerSpec(spec);
  return resolved.kind === 'rules' ? [] : resolved.faults.map(({ path, message }) => `${path}: ${message}`);
}

describe('what is said of a breaker', () => {
  test('is made whole by the defaults', () => {
    expect(rulesOf({})).toEqual(defaultBreakerRules);
    expect(defaultBreakerRules.window).toEqual({ kind: 'time', ms: 60_000 });
    expect(Object.keys(rulesOf({ early: true }))).toEqual(Object.keys(defaultBreakerRules));
    expect(rulesOf({ failures: undefined } as unknown as BreakerSpec)).toEqual(defaultBreakerRules);
  });

  test('goes before its preset, and that before the defaults', () => {
    expect(rulesOf({ preset: 'ai_model_inference', failures: 4 })).toEqual({
      ...defaultBreakerRules,
      failures: 4,
      openMs: 120_000,
      spreadMs: 60_000,
      successes: 4,
      timeoutMs: 180_000,
      probeMs: 180_000,
    });
    const undefinedIsNotSaid = { preset: 'ai_model_inference', failures: undefined } as unknown as BreakerSpec;
    expect(rulesOf(undefinedIsNotSaid).failures).toBe(3);
    expect(rulesOf({ preset: 'own' }, { own: { openMs: 1_000 } })).toMatchObject({ openMs: 1_000, failures: 5 });
  });

  test('is taken as it stands', () => {
    const all = {
      failures: 0,
      window: { kind: 'count', calls: 200 },
      minimumCalls: 30,
      failureRate: 0.25,
      slowRate: 0.5,
      slowMs: 2_000,
      early: true,
      adaptive: { least: 0.2, most: 0.6 },
      openMs: 10_000,
      openMsMost: 20_000,
      probes: 3,
      successes: 4,
      probeMs: 7_000,
      timeoutMs: 9_000,
      group: 'payments',
      panicFloor: 0.3,
    } as const;
    expect(rulesOf(all)).toEqual({ ...all, spreadMs: 5_000 });
  });

  test('gives what depends on something else its own default', () => {
    expect(rulesOf({ window: { kind: 'count', calls: 7 } }).minimumCalls).toBe(7);
    expect(rulesOf({ window: { kind: 'count', calls: 70 } }).minimumCalls).toBe(20);
    expect(rulesOf({ openMs: 600_000 }).openMsMost).toBe(600_000);
    expect(rulesOf({ openMs: 1_000 }).openMsMost).toBe(300_000);
    expect(rulesOf({ timeoutMs: 200_000 }).probeMs).toBe(200_000);
    expect(rulesOf({ timeoutMs: 2_000 }).probeMs).toBe(60_000);
    expect(rulesOf({ group: 'payments' }).panicFloor).toBe(0.5);
    expect(rulesOf({ adaptive: { least: 0.25, most: 0.75 } }).failureRate).toBe(0.5);
    expect(rulesOf({ adaptive: { least: 0.3, most: 0.3 }, failureRate: 0.3 }).failureRate).toBe(0.3);
  });

  test.each<[object, string]>([
    [{ failures: -1 }, 'failures: must be a whole number from 0 to 1,000, not -1'],
    [{ failures: 1_001 }, 'failures: must be a whole number from 0 to 1,000, not 1001'],
    [{ failures: 2.5 }, 'failures: must be a whole number from 0 to 1,000, not 2.5'],
    [{ failures: '5' }, 'failures: must be a whole number from 0 to 1,000, not "5"'],
    [{ failures: Number.NaN }, 'failures: must be a whole number from 0 to 1,000, not NaN'],
    [{ minimumCalls: 0 }, 'minimumCalls: must be a whole number from 1 to 100,000, not 0'],
    [{ failureRate: 0 }, 'failureRate: must be a number above 0, up to 1, not 0'],
    [{ failureRate: 50 }, 'failureRate: must be a number above 0, up to 1, not 50'],
    [{ failureRate: '50 %' }, 'failureRate: must be a number above 0, up to 1, not "50 %"'],
    [{ failureRate: '0.5' }, 'failureRate: must be a number above 0, up to 1, not "0.5"'],
    [{ slowRate: 1.1, slowMs: 10 }, 'slowRate: must be a number above 0, up to 1, not 1.1'],
    [{ slowMs: 0, slowRate: 1 }, 'slowMs: must be a whole number from 1 to 3,600,000 ms, not 0'],
    [{ slowRate: 0.5 }, 'slowMs: is needed with slowRate: when is a call slow?'],
    [{ slowMs: 500 }, 'slowMs: means nothing without slowRate'],
    [{ openMs: 86_400_001 }, 'openMs: must be a whole number from 1 to 86,400,000 ms, not 86400001'],
    [{ openMsMost: 29_999 }, 'openMsMost: is 29999 ms, less than openMs, which is 30000 ms'],
    [{ probes: 0 }, 'probes: must be a whole number from 1 to 1,000, not 0'],
    [{ successes: 0 }, 'successes: must be a whole number from 1 to 1,000, not 0'],
    [{ probeMs: 0 }, 'probeMs: must be a whole number from 1 to 86,400,000 ms, not 0'],
    [{ timeoutMs: 3_600_001 }, 'timeoutMs: must be a whole number from 1 to 3,600,000 ms, not 3600001'],
    [{ window: { kind: 'time', ms: 99 } }, 'window.ms: must be a whole number from 100 to 86,400,000 ms, not 99'],
    [{ window: { kind: 'time' } }, 'window.ms: must be a whole number from 100 to 86,400,000 ms, not left out'],
    [{ window: { kind: 'count', calls: 0 } }, 'window.calls: must be a whole number from 1 to 100,000, not 0'],
    [{ window: { ms: 1_000 } }, 'window.kind: must be time (with ms) or count (with calls), not left out'],
    [{ window: 'a minute' }, 'window.kind: must be time (with ms) or count (with calls), not left out'],
    [{ window: null }, 'window.kind: must be time (with ms) or count (with calls), not left out'],
    [{ early: 'yes' }, 'early: must be true or false, not "yes"'],
    [{ adaptive: { least: 0.2 } }, 'adaptive.most: must be a number above 0, up to 1, not left out'],
    [{ adaptive: { least: 0, most: 1 } }, 'adaptive.least: must be a number above 0, up to 1, not 0'],
    [{ adaptive: { least: 0.6, most: 0.5 } }, 'adaptive.least: is 0.6, above `adaptive.most`, which is 0.5'],
    [
      { adaptive: { least: 0.2, most: 0.5 }, failureRate: 0.6 },
      'failureRate: is 0.6, and adaptive goes from 0.2 to 0.5',
    ],
    [
      { adaptive: { least: 0.2, most: 0.5 }, failureRate: 0.1 },
      'failureRate: is 0.1, and adaptive goes from 0.2 to 0.5',
    ],
    [{ group: '' }, 'group: must be a text of 1 to 200 characters, not ""'],
    [{ group: 7 }, 'group: must be a text of 1 to 200 characters, not 7'],
    [{ group: 'x'.repeat(201) }, `group: must be a text of 1 to 200 characters, not "${'x'.repeat(50)}"`],
    [{ panicFloor: 0.5 }, 'panicFloor: means nothing without group'],
    [{ panicFloor: 0, group: 'payments' }, 'panicFloor: must be a number above 0, up to 1, not 0'],
    [{ failures: 0 }, 'failures: is 0, and no failureRate, slowRate or early is given: nothing would ever open it'],
    [
      { window: { kind: 'count', calls: 10 }, minimumCalls: 11 },
      'minimumCalls: is 11, and the window holds 10 calls: no rate counts',
    ],
    [
      { preset: 'fast' },
      'preset: there is no preset "fast"; there are ai_model_inference, analysis_execution, content_processing, default, knowledge_loading, vector_operations',
    ],
    [{ preset: 3 }, 'preset: must be a text of 1 to 200 characters, not 3'],
    [
      { threshold: 5 },
      'threshold: is nothing that a breaker has; there are adaptive, early, failureRate, failures, group, minimumCalls, openMs, openMsMost, panicFloor, preset, probeMs, probes, slowMs, slowRate, successes, timeoutMs, window',
    ],
  ])('is refused where it makes no sense: %j', (spec, fault) => expect(faultsOf(spec)).toEqual([fault]));

  test('has all its faults told at once', () => {
    expect(faultsOf({ failures: -1, probes: 0, constructor: 1 })).toHaveLength(3);
    expect(faultsOf({ adaptive: 5 })).toHaveLength(2);
    expect(faultsOf({ failures: 0, slowMs: 5, openMsMost: 1, panicFloor: 1 })).toHaveLength(4);
    expect(faultsOf({ preset: 'toString' })).toHaveLength(1);
    for (const spec of [{ failures: -1 }, { failures: 0 }, { preset: 'fast' }])
      expect(resolveBreakerSpec(spec).kind).toBe('faults');
  });

  test('may lie on every bound', () => {
    for (const spec of [
      { failures: 1_000, minimumCalls: 100_000, probes: 1_000, successes: 1_000 },
      { failures: 1, minimumCalls: 1, probes: 1, successes: 1, openMs: 1, openMsMost: 1, probeMs: 1, timeoutMs: 1 },
      { failureRate: 1, slowRate: 1, slowMs: 3_600_000, openMs: 86_400_000, openMsMost: 86_400_000 },
      { failureRate: 1e-9, slowRate: 1e-9, slowMs: 1, probeMs: 86_400_000, timeoutMs: 3_600_000 },
      { window: { kind: 'time', ms: 100 }, group: 'x'.repeat(200), panicFloor: 1 },
      { window: { kind: 'time', ms: 86_400_000 }, adaptive: { least: 1, most: 1 } },
      { window: { kind: 'count', calls: 100_000 }, failures: 0, early: true },
      { window: { kind: 'count', calls: 1 }, failures: 0, slowRate: 1, slowMs: 1 },
      { failures: 0, failureRate: 0.5 },
    ])
      expect(faultsOf(spec)).toEqual([]);
  });

  test('never gives rules out of bounds, and never throws', () => {
    const value = fc.oneof(fc.constant(undefined), fc.nat(200_000), fc.double(), fc.string(), fc.constant(null));
    const spec = fc.dictionary(fc.constantFrom(...Object.keys(defaultBreakerRules), 'preset', 'x'), value);
    fc.assert(
      fc.property(spec, (some) => {
        const resolved = resolveBreakerSpec(some);
        if (resolved.kind === 'faults') return expect(resolved.faults.length).toBeGreaterThan(0);
        const { openMs, openMsMost, minimumCalls, probes } = resolved.rules;
        expect(openMsMost).toBeGreaterThanOrEqual(openMs);
        expect(Math.min(openMs, minimumCalls, probes)).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});

describe('presets', () => {
  test('lie where their kinds of work need them', () => {
    const inRange = (value: number | undefined, least: number, most: number) => value! >= least && value! <= most;
    for (const { failures, openMs, successes, timeoutMs } of Object.values(breakerPresets)) {
      expect(inRange(failures, 3, 8) && inRange(openMs, 30_000, 120_000)).toBe(true);
      expect(inRange(successes, 2, 4) && inRange(timeoutMs, 30_000, 300_000)).toBe(true);
    }
    for (const preset of Object.keys(breakerPresets)) expect(rulesOf({ preset }).failures).toBeGreaterThan(0);
  });

  test('of a configuration go before those that are known, value by value, and new ones stand beside them', () => {
    const configured = configurePresets({ vector_operations: { failures: 7 }, billing: { openMs: 45_000 } });
    if (configured.kind === 'faults') throw new Error('they are sound');
    const { presets } = configured;
    expect(presets['vector_operations']).toEqual({ ...breakerPresets['vector_operations'], failures: 7 });
    expect(rulesOf({ preset: 'billing' }, presets)).toMatchObject({ openMs: 45_000, failures: 5 });
    expect(presets['default']).toBe(breakerPresets['default']);
    expect(Object.keys(breakerPresets)).not.toContain('billing');
  });

  test('of a configuration that make no sense are refused, with where and why', () => {
    const wrong = {
      billing: { failures: -1 },
      vector_operations: { openMsMost: 10 },
      'Not this': {},
      other: { preset: 'default' },
      ['x'.repeat(64)]: {},
      none: null,
      five: 5,
    };
    expect(configurePresets(wrong as unknown as BreakerPresets)).toEqual({
      kind: 'faults',
      faults: [
        { path: 'billing.failures', message: 'must be a whole number from 0 to 1,000, not -1' },
        { path: 'vector_operations.openMsMost', message: 'is 10 ms, less than openMs, which is 30000 ms' },
        { path: 'Not this', message: 'a preset is named with small letters, digits and _, and begins with a letter' },
        { path: 'other.preset', message: 'a preset is not made of another one' },
        {
          path: 'x'.repeat(64),
          message: 'a preset is named with small letters, digits and _, and begins with a letter',
        },
        { path: 'none', message: 'must be an object with what the preset says of a breaker' },
        { path: 'five', message: 'must be an object with what the preset says of a breaker' },
      ],
    });
    expect(configurePresets({ constructor: { failures: 3 }, a_1: {} })).toMatchObject({ kind: 'presets' });
  });
});
