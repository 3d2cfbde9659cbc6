import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createTimerWheel, idleTimer, type WheelTimer } from '../../shared/core/timer-wheel.ts';

function aWheel(start = 1_000.25, tickMs = 1) {
  const came: { name: string; at: number }[] = [];
  let now = start;
  const wheel = createTimerWheel(start, tickMs);
  return {
    wheel,
    came,
    timer: (name: string, onDue = () => {}): WheelTimer => ({
      ...idleTimer,
      onDue() {
        came.push({ name, at: now });
        onDue();
      },
    }),
    moveTo(to: number) {
      now = to;
      wheel.moveTo(to);
    },
    /** As who owns it does: looks when it says so. Returns how often that was. */
    liveTo(to: number): number {
      let looks = 0;
      for (let next = wheel.nextAt(); next !== undefined && next <= to; next = wheel.nextAt()) {
        now = Math.max(now, next);
        wheel.moveTo(now);
        looks++;
      }
      this.moveTo(to);
      return looks;
    },
  };
}

const minute = 60_000;
const day = 24 * 60 * minute;

describe('a timer wheel', () => {
  test('W1: a timer never comes before its time, and comes within a tick after it, however far it is', () => {
    for (const ms of [0, 0.1, 1, 31, 32, 33, 1_023, 1_024, 31_743, 31_744, 40_000, 10 * minute, day, 20 * day]) {
      const held = aWheel();
      held.wheel.start(held.timer('it'), 1_000.25 + ms);
      const looks = held.liveTo(1_000.25 + ms + 2);
      expect(held.came).toHaveLength(1);
      expect(held.came[0]!.at).toBeGreaterThanOrEqual(1_000.25 + ms);
      expect(held.came[0]!.at).toBeLessThanOrEqual(1_000.25 + Math.max(ms, 0) + 1);
      expect(looks).toBeLessThanOrEqual(7);
    }
  });

  test('W2: a timer that was called off never comes, and an empty wheel asks for nothing', () => {
    const held = aWheel();
    const { wheel, timer, came } = held;
    const timers = [5, 50, 5_000, day].map((ms) => {
      const one = timer(String(ms));
      wheel.start(one, 1_000 + ms);
      return one;
    });
    expect(wheel.size).toBe(4);
    for (const one of timers) wheel.cancel(one);
    for (const one of timers) wheel.cancel(one);
    expect(wheel.size).toBe(0);
    expect(wheel.nextAt()).toBeUndefined();
    held.liveTo(3 * day);
    expect(came).toEqual([]);
  });

  test('who looks when it says so always gets on, whatever the grain of the times', () => {
    for (let place = 0; place < 200; place++) {
      const held = aWheel(1_700_000_000_000.123 + place / 7);
      held.wheel.start(held.timer('it'), held.wheel.nextAt() ?? 1_700_000_000_050.7 + place / 3);
      const next = held.wheel.nextAt()!;
      for (let looks = 0; held.came.length === 0; looks++) {
        expect(looks).toBeLessThan(3);
        held.moveTo(held.wheel.nextAt()!);
      }
      expect(next).toBeGreaterThan(1_700_000_000_000);
    }
  });

  test('what comes may start others and call others off, also for the same time', () => {
    const held = aWheel(0);
    const { wheel, timer, came } = held;
    const victim = timer('victim');
    const second = timer('second');
    wheel.start(victim, 10);
    // Slots hold the last first, so that this one comes before its victim.
    wheel.start(
      timer('first', () => {
        wheel.cancel(victim);
        wheel.start(second, 10);
        wheel.start(
          timer('round', () => {}),
          42,
        );
      }),
      10,
    );
    held.liveTo(100);
    expect(came).toEqual([
      { name: 'first', at: 10 },
      { name: 'second', at: 11 },
      { name: 'round', at: 42 },
    ]);
  });

  test('a jump over a day tells all that came meanwhile, in order, and costs only what there is', () => {
    const held = aWheel(0);
    for (const ms of [day - 1, 3, 70_000, 32, 4_000]) held.wheel.start(held.timer(String(ms)), ms);
    held.moveTo(day);
    expect(held.came.map(({ name }) => Number(name))).toEqual([3, 32, 4_000, 70_000, day - 1]);
    held.wheel.start(held.timer('later'), day + 5);
    expect(held.wheel.nextAt()).toBe(day + 5);
  });

  test('one who is asked goes on as an oracle would, whatever is started, called off and jumped over', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('start' as const), ms: fc.oneof(fc.nat(100), fc.nat(5_000), fc.nat(3 * day)) }),
      fc.record({ kind: fc.constant('cancel' as const), which: fc.nat(20) }),
      fc.record({ kind: fc.constant('live' as const), ms: fc.oneof(fc.nat(64), fc.nat(40_000), fc.nat(2 * day)) }),
      fc.record({ kind: fc.constant('jump' as const), ms: fc.oneof(fc.nat(64), fc.nat(2 * day)) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const held = aWheel(0);
        const waiting = new Map<string, { timer: WheelTimer; at: number }>();
        let now = 0;
        let named = 0;
        for (const each of steps) {
          if (each.kind === 'start') {
            const name = String(named++);
            const timer = held.timer(name);
            waiting.set(name, { timer, at: Math.max(now + 1, now + each.ms) });
            held.wheel.start(timer, now + each.ms);
          } else if (each.kind === 'cancel') {
            const name = [...waiting.keys()][each.which];
            if (name !== undefined) held.wheel.cancel(waiting.get(name)!.timer);
            if (name !== undefined) waiting.delete(name);
          } else {
            held.came.length = 0;
            now += each.ms;
            if (each.kind === 'live') held.liveTo(now);
            else held.moveTo(now);
            const due = [...waiting].filter(([, { at }]) => at <= now);
            expect(new Set(held.came.map(({ name }) => name))).toEqual(new Set(due.map(([name]) => name)));
            if (each.kind === 'live') for (const { name, at } of held.came) expect(at).toBe(waiting.get(name)!.at);
            for (const [name] of due) waiting.delete(name);
          }
          expect(held.wheel.size).toBe(waiting.size);
        }
      }),
      { numRuns: 300 },
    );
  });
});
