import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Random, seededRandom } from '../../../shared/core/random.ts';
import {
  adaptiveTimes,
  adviceFor,
  bestArm,
  chooseArm,
  countsOf,
  type Experience,
  meanOf,
  oldestSlot,
  slotAt,
  standingsOf,
} from '../../../shared/policy/adaptive/index.ts';
import { type Arm, arms } from '../../../shared/policy/retry/index.ts';
import { addSlots } from '../../../shared/policy/slots/index.ts';

const hour = 3_600_000;
const start = Date.parse('2026-01-01T00:00:00Z');

/** Chooses and learns, once each ten seconds, at a target where each arm succeeds as often as `worth` says. */
function live(experience: Experience, from: number, ms: number, worth: (arm: Arm) => number, random: Random) {
  const chosen: Arm[] = [];
  let known = experience;
  for (let now = from; now < from + ms; now += 10_000) {
    const { arm } = chooseArm(standingsOf(known, now), () => random.next());
    chosen.push(arm);
    const counts = countsOf(arm, random.next() < worth(arm) ? 1 : 0);
    known = addSlots(known, [{ slot: slotAt(now), counts }], oldestSlot(now));
  }
  return { known, chosen };
}

const shareOf = (chosen: readonly Arm[], arm: Arm) => chosen.filter((each) => each === arm).length / chosen.length;
const only = (good: Arm) => (arm: Arm) => (arm === good ? 0.9 : 0.3);

describe('a bandit over strategies', () => {
  test.each(arms)('comes to %s where that is what succeeds', (good) => {
    const { chosen } = live([], start, 6 * hour, only(good), seededRandom(7));
    expect(shareOf(chosen.slice(-360), good)).toBeGreaterThan(0.85);
  });

  test('follows a target that changes', () => {
    const random = seededRandom(11);
    const before = live([], start, 6 * hour, only('immediate'), random);
    const after = live(before.known, start + 6 * hour, 6 * hour, only('patient'), random);
    expect(shareOf(before.chosen.slice(-360), 'immediate')).toBeGreaterThan(0.85);
    expect(shareOf(after.chosen.slice(-360), 'patient')).toBeGreaterThan(0.85);
  });

  test('chooses alike for the same chances', () => {
    const run = () => live([], start, hour, only('linear'), seededRandom(3)).chosen;
    expect(run()).toEqual(run());
  });

  test('does not hang on chances that are always the same', () => {
    for (const chance of [0, 0.25, 0.5, 0.999_999]) {
      expect(arms).toContain(chooseArm(standingsOf([], start), () => chance).arm);
    }
  });

  test('begins with exponential more often than with any other, and with each of them now and then', () => {
    const random = seededRandom(5);
    const chosen = Array.from({ length: 2_000 }, () => chooseArm(standingsOf([], start), () => random.next()).arm);
    const shares = arms.map((arm) => shareOf(chosen, arm));
    expect(arms[shares.indexOf(Math.max(...shares))]).toBe('exponential');
    expect(Math.min(...shares)).toBeGreaterThan(0.03);
  });
});

describe('what is known of an arm', () => {
  const tried = (arm: Arm, times: number, earned: number, at = start): Experience => [
    { slot: slotAt(at), counts: { [`${arm} tried`]: times, [`${arm} earned`]: earned } },
  ];

  test('is worth half as much after a half-life, and nothing when it is too old to be kept', () => {
    const known = tried('fixed', 100, 80);
    expect(standingsOf(known, start).fixed).toEqual({ tried: 100, earned: 80 });
    expect(standingsOf(known, start + adaptiveTimes.halfLifeMs).fixed).toEqual({ tried: 50, earned: 40 });
    const later = start + adaptiveTimes.keptMs + adaptiveTimes.slotMs;
    expect(addSlots(known, [], oldestSlot(later))).toEqual([]);
  });

  test('is half for an arm that was never tried, and sound for any counts that a store may give', () => {
    expect(meanOf(standingsOf([], start), 'patient')).toBe(0.5);
    const counts = fc.dictionary(
      fc.constantFrom(...arms.flatMap((arm) => [`${arm} tried`, `${arm} earned`, 'of another release'])),
      fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    );
    const slots = fc.array(fc.record({ slot: fc.integer({ min: -5, max: 5 }), counts }), { maxLength: 8 });
    const seed = fc.integer();
    fc.assert(
      fc.property(slots, seed, (given, from) => {
        const known = given.map(({ slot, counts: each }) => ({ slot: slot + slotAt(start), counts: each }));
        const standings = standingsOf(known, start);
        for (const arm of arms) {
          expect(standings[arm].earned).toBeGreaterThanOrEqual(0);
          expect(standings[arm].earned).toBeLessThanOrEqual(standings[arm].tried);
          expect(meanOf(standings, arm)).toBeGreaterThan(0);
          expect(meanOf(standings, arm)).toBeLessThanOrEqual(1);
        }
        const random = seededRandom(from);
        expect(arms).toContain(chooseArm(standings, () => random.next()).arm);
      }),
    );
  });

  test('is told in one form: the mean and the trials of what was chosen, and those of the best of the others', () => {
    const others = arms.flatMap((arm) => (arm === 'exponential' || arm === 'fixed' ? [] : tried(arm, 100, 10)));
    const experience = [...others, ...tried('exponential', 212, 172), ...tried('fixed', 90, 56)];
    const needs = { target: 'http:https://pay.example', kind: 'overloaded', experience } as const;
    const random = seededRandom(1);
    expect(adviceFor({ ...needs, frozen: false }, start, () => random.next())).toEqual({
      arm: 'exponential',
      kind: 'overloaded',
      because:
        'adaptive chose exponential (0.81 of 212, next fixed 0.62 of 90) for overloaded at http:https://pay.example',
    });
    expect(adviceFor({ ...needs, frozen: true }, start, () => 0).because).toMatch(
      /^adaptive, frozen, takes exponential \(0\.81 of 212, next fixed 0\.62 of 90\) for overloaded at /,
    );
  });

  test('a frozen policy takes the best and tries nothing else', () => {
    const standings = standingsOf([...tried('fixed', 3, 3), ...tried('linear', 900, 700)], start);
    expect(bestArm(standings).arm).toBe('fixed');
    expect(bestArm(standingsOf([], start)).arm).toBe('exponential');
  });
});
