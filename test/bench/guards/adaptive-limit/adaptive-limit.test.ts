import { describe, expect, test } from '@jest/globals';
import { driftOf, judge, phases } from './judge.ts';
import { contestants, knowing, ours, vegas } from './limiters.ts';
import { simulate } from './target.ts';

describe('a simulated target', () => {
  test('is the same for the same seed, and another for another', () => {
    const short = phases.map((phase) => ({ ...phase, seconds: 2 }));
    expect(simulate(short, ours(), 1)).toEqual(simulate(short, ours(), 1));
    expect(simulate(short, ours(), 1)).not.toEqual(simulate(short, ours(), 2));
  });

  test('answers what it can work on, whoever holds calls back', () => {
    const [low, high, half, back] = simulate(phases.slice(0, 4), knowing(phases), 3);
    expect(low!.inTime / low!.offered).toBeCloseTo(1, 2);
    for (const [heard, perSecond] of [
      [high, 500],
      [half, 250],
      [back, 500],
    ] as const)
      expect(Math.abs(heard!.inTime / 60 / perSecond - 1)).toBeLessThan(0.03);
    // Behind a limit of twice what it works on, a call waits as long as it is worked on.
    expect(high!.meanMs).toBeGreaterThan(180);
    expect(high!.meanMs).toBeLessThan(210);
  });

  test('that nobody spares is late with everything', () => {
    const [, high] = simulate(phases.slice(0, 2), { limit: () => Number.POSITIVE_INFINITY, ended() {} }, 1);
    expect(high!.inTime / high!.offered).toBeLessThan(0.1);
  });
});

describe('the adaptive limit at a target whose calls take exponential times', () => {
  test('neither starves it nor drowns it, settles after every change, and does not drift when idle', () => {
    for (const { phase, goodput, settledAfterS, latency } of judge(ours(), 1)) {
      expect(goodput).toBeGreaterThan(0.97);
      expect(latency).toBeLessThan(2.5);
      if (phase.name !== 'calls twice as long') expect(settledAfterS).toBeLessThan(15);
    }
    expect(driftOf(ours(), 1)).toBe(1);
  });

  test('does the same where four instances measure it and agree', () => {
    for (const { phase, goodput, latency } of judge(contestants['ours in 4 instances'](), 1)) {
      if (phase.name !== 'calls twice as long') expect(goodput).toBeGreaterThan(0.95);
      expect(latency).toBeLessThan(2.5);
    }
  });

  test('does what those that it is compared with do not: Vegas starves, Envoy drifts', () => {
    expect(judge(vegas(), 1, phases.slice(0, 2))[1]!.goodput).toBeLessThan(0.5);
    expect(driftOf(contestants.envoy(), 1)).toBeGreaterThan(2);
  });
});
