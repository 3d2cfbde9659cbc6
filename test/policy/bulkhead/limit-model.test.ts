import { describe, expect, test } from '@jest/globals';
import {
  beginModel,
  type LimitModel,
  type LimitWindow,
  learn,
  notHeeded,
  windowCalls,
} from '../../../shared/policy/bulkhead/limit-model.ts';

/** It has been at its limit for long, and no look is due. */
const settled: LimitModel = {
  estimate: 100,
  baseMs: 100,
  baseCalls: 1_000,
  cutFrom: 100,
  cutFromMs: 150,
  isUnsure: false,
  lookedAt: 1_000,
  lookAfterMs: 12_000,
  lookGapMs: 12_000,
};
const now = 5_000;
const full: LimitWindow = { calls: 200, droppedShare: 0, meanMs: 150, isUsed: true, isLooking: false, isAtMost: false };
const learnt = (model: Partial<LimitModel>, window: Partial<LimitWindow>, at = now) =>
  learn({ ...settled, ...model }, { ...full, ...window }, at);
const modelAfter = (...given: Parameters<typeof learnt>) => learnt(...given).model;

describe('a window', () => {
  test('is 100 calls until anything is known, and then three turns of the limit within bounds', () => {
    expect(windowCalls(beginModel(50), false, 50)).toBe(100);
    expect(windowCalls(beginModel(500), false, 500)).toBe(100);
    expect([10, 50, 200].map((limit) => windowCalls(settled, false, limit))).toEqual([50, 150, 300]);
  });

  test('is half as long in a look, and three times as long where a cut may not have helped', () => {
    expect([10, 100, 300].map((limit) => windowCalls(settled, true, limit))).toEqual([50, 150, 300]);
    expect(windowCalls({ ...settled, isUnsure: true }, false, 50)).toBe(450);
  });
});

describe('the step after a window', () => {
  test('is by the gradient, by half at most, and some headroom', () => {
    expect(modelAfter({}, { meanMs: 150 }).estimate).toBe(104);
    expect(modelAfter({}, { meanMs: 200 }).estimate).toBe(79);
    expect(modelAfter({}, { meanMs: 300 }).estimate).toBe(54);
    expect(modelAfter({}, { meanMs: 900 }).estimate).toBe(54);
    expect(modelAfter({}, { meanMs: 100 }).estimate).toBe(154);
    expect(modelAfter({}, { meanMs: 50 }).estimate).toBe(154);
    expect(modelAfter({}, { meanMs: 0 }).estimate).toBe(104);
    expect(modelAfter({ estimate: 25, cutFrom: 25 }, {}).estimate).toBe(27);
  });

  test('is lower by the share that the target dropped, and without headroom', () => {
    expect(modelAfter({}, { droppedShare: 0.2 }).estimate).toBeCloseTo(80);
    expect(modelAfter({}, { droppedShare: 0.9 }).estimate).toBe(50);
    expect(modelAfter({}, { droppedShare: 1, meanMs: undefined }).estimate).toBe(50);
  });

  test('is none where the limit was not needed', () => {
    expect(modelAfter({ isUnsure: true }, { isUsed: false, meanMs: 900 })).toMatchObject({
      estimate: 100,
      isUnsure: false,
    });
    expect(modelAfter({}, { isUsed: false, droppedShare: 1, meanMs: undefined })).toEqual(settled);
  });
});

describe('the base', () => {
  test('is the first mean, and then an average over 600 calls of windows that show no queue', () => {
    expect(modelAfter({ baseMs: 0, baseCalls: 0 }, { meanMs: 80 })).toMatchObject({ baseMs: 80, baseCalls: 200 });
    expect(modelAfter({}, { isUsed: false, meanMs: 200 })).toMatchObject({ baseMs: 125, baseCalls: 1_200 });
    expect(modelAfter({ baseCalls: 400 }, { isUsed: false, meanMs: 160 })).toMatchObject({ baseMs: 120 });
    expect(modelAfter({}, { meanMs: 116 })).toMatchObject({ baseMs: 104, baseCalls: 1_200 });
    expect(modelAfter({}, { meanMs: 60 }).baseMs).toBe(90);
  });

  test('is not moved by a window in which calls wait for each other, but by each one while little is known', () => {
    expect(modelAfter({}, { meanMs: 120 })).toMatchObject({ baseMs: 100, baseCalls: 1_000 });
    expect(modelAfter({}, { meanMs: 500 })).toMatchObject({ baseMs: 100, baseCalls: 1_000 });
    expect(modelAfter({ baseCalls: 300 }, { meanMs: 500 })).toMatchObject({ baseMs: 100, baseCalls: 300 });
    expect(modelAfter({ baseCalls: 200 }, { meanMs: 500 })).toMatchObject({ baseMs: 300, baseCalls: 400 });
  });
});

describe('a cut', () => {
  const cut = { estimate: 62, cutFrom: 100, cutFromMs: 300 };

  test('is counted from where the limit was highest, or latency was', () => {
    expect(modelAfter({ cutFromMs: 300 }, { meanMs: 200 })).toMatchObject({ cutFrom: 100, cutFromMs: 200 });
    expect(modelAfter({ ...cut, estimate: 110 }, { meanMs: 200 })).toMatchObject({ cutFrom: 110, cutFromMs: 200 });
    expect(modelAfter({ ...cut, estimate: 80 }, { meanMs: 316 })).toMatchObject({ cutFrom: 80, cutFromMs: 316 });
    expect(modelAfter({ ...cut, estimate: 80 }, { meanMs: 315 })).toMatchObject({ cutFrom: 100, cutFromMs: 300 });
  });

  test('is judged when the limit has gone down by more than a third', () => {
    expect(learnt({ ...cut, estimate: 63 }, { meanMs: 290 })).toMatchObject({
      kind: 'goes_on',
      model: { cutFrom: 100 },
    });
    expect(learnt(cut, { meanMs: 290 }).kind).toBe('unsure');
  });

  test('has helped where latency followed, and is then counted from there', () => {
    expect(learnt(cut, { meanMs: 242 })).toMatchObject({ kind: 'goes_on', model: { cutFrom: 62, cutFromMs: 242 } });
    expect(learnt({ ...cut, isUnsure: true }, { meanMs: 242 }).model).toMatchObject({ isUnsure: false, baseMs: 100 });
  });

  test('is taken back where latency did not follow, once a longer window says so, too', () => {
    const first = learnt(cut, { meanMs: 244 });
    expect(first).toEqual({ kind: 'unsure', model: { ...settled, ...cut, isUnsure: true } });
    expect(learn(first.model, { ...full, meanMs: 250 }, now)).toEqual({
      kind: 'goes_on',
      model: { ...settled, estimate: 100, baseMs: 250, cutFrom: 100, cutFromMs: 250, isUnsure: false },
    });
  });
});

describe('a look', () => {
  test('is due a while after the limit was first in the way of a queue', () => {
    const first = learnt({ lookedAt: 0, lookAfterMs: 0 }, {}, 7_000);
    expect(first).toMatchObject({ kind: 'goes_on', model: { lookedAt: 7_000, lookAfterMs: 12_000, estimate: 104 } });
    expect(learnt({}, {}, 12_999)).toMatchObject({ kind: 'goes_on', model: { lookedAt: 1_000 } });
    expect(learnt({}, {}, 13_000)).toMatchObject({ kind: 'look', model: { lookedAt: 13_000, estimate: 100 } });
  });

  test('is due at once when the clock was set back', () => {
    expect(learnt({}, {}, 999).kind).toBe('look');
    expect(learnt({}, {}, 1_000).kind).toBe('goes_on');
  });

  test('is not needed where no queue shows, unless the limit can grow no more', () => {
    expect(learnt({}, { meanMs: 120 }, 13_000)).toMatchObject({ kind: 'goes_on', model: { lookedAt: 1_000 } });
    expect(learnt({}, { meanMs: 121 }, 13_000).kind).toBe('look');
    expect(learnt({}, { meanMs: 120, isAtMost: true }, 13_000).kind).toBe('look');
    expect(learnt({ lookAfterMs: 0 }, { meanMs: 110 }, 13_000).model.lookAfterMs).toBe(0);
  });

  const looked = (meanMs: number, model: Partial<LimitModel> = {}, at = 1_500) =>
    modelAfter(model, { meanMs, isLooking: true }, at);

  test('that finds what was expected lets the next one wait twice as long, up to a minute', () => {
    expect(looked(96)).toMatchObject({
      baseMs: 99,
      estimate: 100,
      lookedAt: 1_500,
      lookAfterMs: 24_000,
      lookGapMs: 24_000,
    });
    expect(looked(89).baseMs).toBeCloseTo(97.25);
    expect(looked(119)).toMatchObject({ baseMs: 104.75, lookGapMs: 24_000 });
    expect(looked(100, { lookGapMs: 48_000 })).toMatchObject({ lookAfterMs: 60_000, lookGapMs: 60_000 });
  });

  test('that took long is not repeated for 25 times as long', () => {
    expect(looked(100, {}, 3_000)).toMatchObject({ lookAfterMs: 50_000, lookGapMs: 24_000 });
    expect(looked(100, {}, 500)).toMatchObject({ lookAfterMs: 24_000 });
  });

  test('that finds less lowers base and limit as much, and is repeated after the next window', () => {
    expect(looked(88)).toMatchObject({ baseMs: 88, estimate: 88, lookedAt: 1_500, lookAfterMs: 1, lookGapMs: 12_000 });
    expect(looked(50)).toMatchObject({ baseMs: 50, estimate: 50 });
  });

  test('that finds more believes it by half, and looks again soon', () => {
    expect(looked(120, { lookGapMs: 48_000 })).toMatchObject({ baseMs: 110, lookGapMs: 12_000, lookAfterMs: 12_500 });
    expect(looked(200).baseMs).toBe(150);
  });

  test('that was not heeded says nothing', () => {
    expect(notHeeded(settled, 3_000)).toEqual({
      kind: 'goes_on',
      model: { ...settled, lookedAt: 3_000, lookAfterMs: 60_000 },
    });
  });
});
