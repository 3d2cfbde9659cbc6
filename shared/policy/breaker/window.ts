import { fade, type Past, unknownPast } from './past.ts';
import type { BreakerWindow } from './spec.ts';

/**
 * What is counted of the calls to a target: of its last so many, or of the last so many milliseconds. It has no timer and goes on only by the
 * times that it is given, so after a freeze or a jump of the clock it is what it would be had nobody slept. A call costs the same however
 * large the window is.
 *
 * What a window of time holds, exactly: time is cut into slots of a tenth of the window, whose edges are multiples of that since the epoch. It holds the calls
 * of the slot of the last time given and of the nine before, so between nine and ten tenths of its length. A time before that slot counts as in it
 * while it is less than a window back: the clock was set a little. Where it is further back, nothing that was counted can be placed any more, and
 * the window begins anew.
 */
export type CallWindow = TimeWindow | CountWindow;

interface Counts {
  calls: number;
  failures: number;
  slow: number;
  /** What has left it. */
  past: Past;
}

interface TimeWindow extends Counts {
  readonly kind: 'time';
  readonly shape: BreakerWindow;
  readonly slotMs: number;
  /** The slot of the last time given. */
  head: number;
  /** Of each slot its calls, failures and slow calls: in turn, so that it is one list of small numbers. */
  readonly slots: number[];
}

interface CountWindow extends Counts {
  readonly kind: 'count';
  readonly shape: BreakerWindow;
  readonly size: number;
  /** Where the next call goes; when the window is full the oldest is there. */
  next: number;
  /** Two bits a call: it failed, it was slow. */
  readonly bits: Uint32Array;
}

const slotsOfWindow = 10;
const numbersOfSlot = 3;
const callsOfWord = 16;

export function openWindow(shape: BreakerWindow, now: number, past: Past = unknownPast()): CallWindow {
  const counts = { calls: 0, failures: 0, slow: 0, past };
  if (shape.kind === 'count') {
    const bits = new Uint32Array(Math.ceil(shape.calls / callsOfWord));
    return { kind: 'count', shape, ...counts, size: shape.calls, next: 0, bits };
  }
  const slotMs = shape.ms / slotsOfWindow;
  const slots = new Array<number>(slotsOfWindow * numbersOfSlot).fill(0);
  return { kind: 'time', shape, ...counts, slotMs, head: Math.floor(now / slotMs), slots };
}

/** Whether it is as long as the rules say now. */
export function isShaped({ shape }: CallWindow, wanted: BreakerWindow): boolean {
  if (shape === wanted) return true;
  if (shape.kind === 'time') return wanted.kind === 'time' && wanted.ms === shape.ms;
  return wanted.kind === 'count' && wanted.calls === shape.calls;
}

export function countCall(window: CallWindow, isFailure: boolean, isSlow: boolean, now: number): void {
  if (window.kind === 'time') countInSlot(window, isFailure, isSlow, now);
  else countInTurn(window, isFailure, isSlow);
  window.calls++;
  if (isFailure) window.failures++;
  if (isSlow) window.slow++;
}

/** As many calls that succeeded at the same time, for the price of one where it is a window of time. */
export function countSuccesses(window: CallWindow, calls: number, isSlow: boolean, now: number): void {
  if (window.kind === 'count') {
    for (let call = 0; call < calls; call++) countCall(window, false, isSlow, now);
    return;
  }
  advanceWindow(window, now);
  const at = placeOf(window.head);
  window.slots[at]! += calls;
  window.calls += calls;
  if (!isSlow) return;
  window.slots[at + 2]! += calls;
  window.slow += calls;
}

/** Lets go of what is too old by now. */
export function advanceWindow(window: CallWindow, now: number): void {
  if (window.kind === 'count') return;
  const slot = Math.floor(now / window.slotMs);
  if (slot !== window.head) turnTo(window, slot);
}

function countInSlot(window: TimeWindow, isFailure: boolean, isSlow: boolean, now: number): void {
  const slot = Math.floor(now / window.slotMs);
  if (slot !== window.head) turnTo(window, slot);
  const { slots } = window;
  const at = placeOf(window.head);
  slots[at]! += 1;
  if (isFailure) slots[at + 1]! += 1;
  if (isSlow) slots[at + 2]! += 1;
}

function turnTo(window: TimeWindow, slot: number): void {
  const steps = slot - window.head;
  if (steps < 0 && steps > -slotsOfWindow) return;
  for (let step = 1; step <= Math.min(Math.abs(steps), slotsOfWindow); step++) {
    leaveSlot(window, placeOf(window.head + step), steps > 0);
  }
  window.head = slot;
}

function leaveSlot(window: TimeWindow, at: number, isPast: boolean): void {
  const { slots, past } = window;
  const [calls, failures, slow] = [slots[at]!, slots[at + 1]!, slots[at + 2]!];
  if (calls === 0) return;
  if (isPast) fade(past, calls, failures, slotsOfWindow);
  window.calls -= calls;
  window.failures -= failures;
  window.slow -= slow;
  slots.fill(0, at, at + numbersOfSlot);
}

function placeOf(slot: number): number {
  // Times before 1970 are those of tests and of clocks that are wrong.
  return (((slot % slotsOfWindow) + slotsOfWindow) % slotsOfWindow) * numbersOfSlot;
}

function countInTurn(window: CountWindow, isFailure: boolean, isSlow: boolean): void {
  const { bits, next, size } = window;
  const word = Math.floor(next / callsOfWord);
  const shift = (next % callsOfWord) * 2;
  if (window.calls === size) leaveTurn(window, bits[word]! >>> shift);
  const told = (isFailure ? 1 : 0) | (isSlow ? 2 : 0);
  bits[word] = (bits[word]! & ~(3 << shift)) | (told << shift);
  window.next = next + 1 === size ? 0 : next + 1;
}

function leaveTurn(window: CountWindow, told: number): void {
  fade(window.past, 1, told & 1, window.size);
  window.calls--;
  window.failures -= told & 1;
  window.slow -= (told >>> 1) & 1;
}
