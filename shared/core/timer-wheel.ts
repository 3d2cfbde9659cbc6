/**
 * Times to wait for, a great many at once, most of which are called off before they come. To start one and to call it off is O(1), whatever
 * the number of others; a heap needs O(log n) for both. Nothing ticks here: who owns the wheel asks when to look next, and moves it.
 *
 * Source: hierarchical timing wheels, scheme 7 of George Varghese and Tony Lauck, «Hashed and Hierarchical Timing Wheels», SOSP 1987. Of each
 * level a word of bits says which slots hold anything, so that a jump over a day costs as much as the slots that hold something.
 *
 * W1: a timer never comes before its time, and comes with the first move to a time at least `tickMs` after it.
 * W2: a timer that was called off never comes.
 */
export interface TimerWheel {
  /** Timers that wait. */
  readonly size: number;
  /** Starts the timer, which must not be waiting. What is over already comes with the next tick. */
  start(timer: WheelTimer, at: number): void;
  /** No harm where it does not wait. */
  cancel(timer: WheelTimer): void;
  /** When to move it next, at the latest; undefined while nothing waits. Then perhaps nothing comes, since far timers are looked at on their way. */
  nextAt(): number | undefined;
  /** Moves it to this time. Timers that have come are told in the order of their ticks; they may start and cancel others. */
  moveTo(now: number): void;
}

export interface WheelTimer {
  onDue(): void;
  /** Kept by the wheel. */
  tick: number;
  place: number;
  next: WheelTimer | undefined;
  previous: WheelTimer | undefined;
}

/** What a timer is before it is started: spread it, and add `onDue`. */
export const idleTimer = { tick: 0, place: -1, next: undefined, previous: undefined } as const;

/** A level has 32 slots, a word of bits; a slot of the next level is as long as the whole level. Six of them hold 12 days to the millisecond. */
const levels = 6;
const slotBits = 5;
const slots = 32;
const spans = Array.from({ length: levels }, (_, level) => 2 ** (slotBits * level));

/** A time since the epoch has about this grain: who was asked to come at a time must not seem too early by it, or it would be asked for ever. */
const roundingMs = 0.001;

const perSpan = spans.map((span) => 1 / span);

/** Ticks are counted from `start`, so that they are small whole numbers for weeks. */
export function createTimerWheel(start: number, tickMs: number): TimerWheel {
  const heads: (WheelTimer | undefined)[] = new Array(levels * slots).fill(undefined);
  const filled = new Int32Array(levels);
  let current = 0;
  let size = 0;

  function put(timer: WheelTimer): void {
    let level = 0;
    let from = current;
    let to = timer.tick;
    while (to - from >= slots && level < levels - 1) {
      level++;
      from = Math.floor(current * perSpan[level]!);
      to = Math.floor(timer.tick * perSpan[level]!);
    }
    // Beyond the last level it waits in the farthest slot, and is looked at again from there.
    link(timer, level, Math.min(to, from + slots - 1) & (slots - 1));
  }

  function link(timer: WheelTimer, level: number, slot: number): void {
    const place = level * slots + slot;
    const head = heads[place];
    timer.place = place;
    timer.previous = undefined;
    timer.next = head;
    if (head) head.previous = timer;
    heads[place] = timer;
    filled[level]! |= 1 << slot;
  }

  function unlink(timer: WheelTimer): void {
    const { place, next, previous } = timer;
    if (next) next.previous = previous;
    if (previous) previous.next = next;
    else {
      heads[place] = next;
      if (!next) filled[place >> slotBits]! &= ~(1 << (place & (slots - 1)));
    }
    timer.place = -1;
    timer.next = undefined;
    timer.previous = undefined;
  }

  /** The first slot of the level after the current one that holds anything, as the tick at which it begins. */
  function firstTick(level: number): number {
    const bits = filled[level]!;
    if (bits === 0) return Infinity;
    const at = Math.floor(current * perSpan[level]!);
    const shift = at & (slots - 1);
    const turned = shift === 0 ? bits : (bits >>> shift) | (bits << (slots - shift));
    return (at + 31 - Math.clz32(turned & -turned)) * spans[level]!;
  }

  /** Of slots that begin together the higher goes first: what it holds may belong into the lower one. */
  function firstLevel(): number {
    let found = levels - 1;
    for (let level = levels - 2; level >= 0; level--) if (firstTick(level) < firstTick(found)) found = level;
    return found;
  }

  /** What has come is told, what has not goes to a lower level. */
  function empty(place: number): void {
    for (let timer = heads[place]; timer; timer = heads[place]) {
      unlink(timer);
      if (timer.tick > current) put(timer);
      else {
        size--;
        timer.onDue();
      }
    }
  }

  return {
    get size() {
      return size;
    },
    start(timer, at) {
      timer.tick = Math.max(current + 1, Math.ceil((at - start) / tickMs));
      size++;
      put(timer);
    },
    cancel(timer) {
      if (timer.place === -1) return;
      unlink(timer);
      size--;
    },
    nextAt: () => (size === 0 ? undefined : start + firstTick(firstLevel()) * tickMs),
    moveTo(now) {
      const target = Math.floor((now - start + roundingMs) / tickMs);
      while (size > 0) {
        const level = firstLevel();
        const tick = firstTick(level);
        if (tick > target) break;
        current = tick;
        empty(level * slots + (Math.floor(tick * perSpan[level]!) & (slots - 1)));
      }
      current = Math.max(current, target);
    },
  };
}
