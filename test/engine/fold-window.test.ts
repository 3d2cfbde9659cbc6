import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createFoldWindow } from '../../shared/engine/fold-window.ts';

const folds = fc.array(fc.record({ tookMs: fc.double({ min: 0, max: 5_000, noNaN: true }), met: fc.boolean() }), {
  maxLength: 30,
});
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

function windowAfter(history: readonly { tookMs: number; met: boolean }[]) {
  const window = createFoldWindow();
  for (const { tookMs, met } of history) window.observe(tookMs, met);
  return window;
}

/** All but the whole of it. */
const widthOf = (window: ReturnType<typeof createFoldWindow>) => window.draw(1);

describe('the fold window', () => {
  test('whatever happened, a fold waits for 2 s at most, and its window is 40 ms wide at least', () => {
    fc.assert(
      fc.property(folds, chance, (history, at) => {
        const window = windowAfter(history);
        expect(widthOf(window)).toBeGreaterThanOrEqual(40);
        expect(widthOf(window)).toBeLessThanOrEqual(2_000);
        expect(window.draw(at)).toBeCloseTo(at * widthOf(window));
      }),
    );
  });

  test('a fold that met another makes it wider than one that did not', () => {
    fc.assert(
      fc.property(folds, fc.double({ min: 0, max: 200, noNaN: true }), (history, tookMs) => {
        const met = widthOf(windowAfter([...history, { tookMs, met: true }]));
        const alone = widthOf(windowAfter([...history, { tookMs, met: false }]));
        if (alone < 2_000) expect(met).toBeGreaterThan(alone);
        else expect(met).toBe(2_000);
      }),
    );
  });

  test('it doubles with every meeting until it is at its widest', () => {
    const window = createFoldWindow();
    const widths = Array.from({ length: 7 }, () => {
      window.observe(10, true);
      return Math.round(widthOf(window));
    });
    expect(widths).toEqual([80, 160, 320, 640, 640, 640, 640]);
  });

  test('however wide it was, it is back at four times what a fold takes when none meets another for a while', () => {
    fc.assert(
      fc.property(folds, fc.integer({ min: 10, max: 400 }), (history, tookMs) => {
        const calm = Array.from({ length: 60 }, () => ({ tookMs, met: false }));
        const width = widthOf(windowAfter([...history, ...calm]));
        expect(width).toBeGreaterThanOrEqual(3.99 * tookMs);
        expect(width).toBeLessThanOrEqual(4.01 * tookMs);
      }),
    );
  });

  test('it never grows while nothing meets and folds take no longer', () => {
    fc.assert(
      fc.property(folds, (history) => {
        const calm = [...history, ...Array.from({ length: 10 }, () => ({ tookMs: 0, met: false }))];
        const widths = Array.from({ length: 11 }, (_, more) =>
          widthOf(windowAfter(calm.slice(0, history.length + more))),
        );
        expect(widths).toEqual(widths.toSorted((a, b) => b - a));
      }),
    );
  });
});
