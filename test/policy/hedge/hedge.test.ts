import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  createHedgeCredit,
  createLatencyWindow,
  hedgeFaults,
  hedgeRules,
  latencyBounds,
} from '../../../shared/policy/hedge/index.ts';

describe('the latencies of a window', () => {
  test('tell a quantile that is up to a tenth too large and never too small', () => {
    const latency = fc.double({ min: 0.02, max: 1_000_000, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(latency, { minLength: 10, maxLength: 300 }),
        fc.constantFrom(0.5, 0.9, 0.95),
        (all, part) => {
          const window = createLatencyWindow(60_000);
          for (const ms of all) window.record(ms, 1_000);
          const exact = all.toSorted((a, b) => a - b)[Math.ceil(part * all.length - 1e-9) - 1]!;
          const told = window.quantile(part, 10, 1_000)!;
          expect(told).toBeGreaterThanOrEqual(exact * (1 - 1e-6));
          expect(told).toBeLessThanOrEqual(exact * latencyBounds.growth * (1 + 1e-6));
        },
      ),
    );
  });

  test('tell nothing before enough calls were seen, and forget what is older than the window', () => {
    const window = createLatencyWindow(60_000);
    for (let call = 0; call < 99; call++) window.record(10, 1_000);
    expect(window.quantile(0.95, 100, 1_000)).toBeUndefined();
    window.record(10, 1_000);
    expect(window.quantile(0.95, 100, 1_000)).toBeCloseTo(10, -1);
    expect(window.quantile(0.95, 100, 59_000)).toBeDefined();
    expect(window.quantile(0.95, 100, 60_000)).toBeUndefined();
    expect(window.quantile(0.95, 1, 86_400_000)).toBeUndefined();
  });

  test('follow a target that has become slower or faster within a window', () => {
    const window = createLatencyWindow(10_000);
    for (let at = 0; at < 10_000; at += 10) window.record(10, at);
    for (let at = 10_000; at < 20_000; at += 10) window.record(100, at);
    expect(window.quantile(0.5, 100, 20_000)).toBeGreaterThan(99);
    for (let at = 20_000; at < 30_000; at += 10) window.record(1, at);
    expect(window.quantile(0.5, 100, 30_000)).toBeLessThan(1.2);
  });

  test('take what is beyond all bounds for the least and the most', () => {
    const window = createLatencyWindow(60_000);
    for (const ms of [0, -5, Number.NaN]) window.record(ms, 0);
    expect(window.quantile(1, 1, 0)).toBe(latencyBounds.leastMs);
    window.record(1e12, 0);
    expect(window.quantile(1, 1, 0)).toBeGreaterThan(latencyBounds.mostMs * 0.9);
  });
});

describe('the credit of second calls', () => {
  test('is earned by first calls, and bounded: twenty for one, ten saved up at most', () => {
    const credit = createHedgeCredit(0.05);
    for (let call = 0; call < 19; call++) credit.earn();
    expect(credit.spend()).toBe(false);
    credit.earn();
    credit.earn();
    expect([credit.spend(), credit.spend()]).toEqual([true, false]);
    credit.giveBack();
    for (let call = 0; call < 10_000; call++) credit.earn();
    expect(Array.from({ length: 12 }, () => credit.spend()).filter(Boolean)).toHaveLength(10);
  });
});

describe('what is said of hedging', () => {
  test('must say that the target is idempotent, and keep to the bounds', () => {
    const paths = (spec: object) => hedgeFaults(spec as { idempotent: true }).map(({ path }) => path);
    expect(paths({})).toEqual(['idempotent']);
    expect(paths({ idempotent: false, share: 0.5 })).toEqual(['idempotent', 'share']);
    expect(paths({ idempotent: true, quantile: Number.NaN, minimumCalls: 1, windowMs: 1, leastMs: -1 })).toEqual([
      'quantile',
      'leastMs',
      'minimumCalls',
      'windowMs',
    ]);
    expect(paths({ idempotent: true })).toEqual([]);
    expect(hedgeRules({ idempotent: true, share: 0.1 })).toMatchObject({ quantile: 0.95, share: 0.1 });
  });
});
