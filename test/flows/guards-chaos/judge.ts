import type { BreakerTransition } from '../../../shared/ports/index.ts';
import type { Line } from './log.ts';

/** A call that was under way, and so held a permit. */
export interface Held {
  readonly who: string;
  readonly guard: string;
  readonly from: number;
  readonly to: number;
  /** Undefined of a call whose end nobody told. */
  readonly failed?: boolean;
}

/** What was done to a process. One that is stopped holds its permits until their lease has run out, and no longer. */
export interface Blow {
  readonly who: string;
  readonly kind: 'killed' | 'stopped';
  readonly at: number;
  /** When one that was stopped went on. */
  wokeAt?: number;
}

/** Who was stopped between its permit and its call begins the call as it wakes: that is what fencing numbers are for, and it is not counted. */
const wakingMs = 10;

/**
 * The calls of all processes. `sureMs` after it was stopped a process may have lost its permits, so from then on its calls are not
 * counted as held; what it begins after it has been woken is.
 */
export function heldOf(lines: readonly Line[], blows: readonly Blow[], sureMs: number): readonly Held[] {
  const open = new Map<string, Extract<Line, { kind: 'begun' }>>();
  const held: Held[] = [];
  const close = ({ who, guard, at: from }: Extract<Line, { kind: 'begun' }>, to: number, failed?: boolean) => {
    const isWaking = blows.some(
      ({ who: whose, wokeAt }) => whose === who && wokeAt !== undefined && from >= wokeAt && from <= wokeAt + wakingMs,
    );
    if (isWaking) return;
    const until = Math.min(to, ...blows.filter((blow) => blow.who === who && blow.at >= from).map(endOf));
    held.push({ who, guard, from, to: until, ...(failed !== undefined && { failed }) });
  };
  const endOf = ({ kind, at }: Blow) => (kind === 'killed' ? at : at + sureMs);
  for (const line of lines) {
    const key = 'call' in line ? `${line.who} ${line.call}` : '';
    if (line.kind === 'begun') open.set(key, line);
    const begun = line.kind === 'ended' ? open.get(key) : undefined;
    if (line.kind !== 'ended' || !begun) continue;
    open.delete(key);
    close(begun, line.at, line.failed);
  }
  const last = lines.at(-1)?.at ?? 0;
  for (const begun of open.values()) close(begun, last);
  return held.sort((a, b) => a.from - b.from);
}

export interface Most {
  readonly count: number;
  readonly at: number;
}

/** How many were under way at once at most, and when first. What ends at a moment makes room for what begins then. */
export function mostAtOnce(held: readonly Pick<Held, 'from' | 'to'>[]): Most {
  let most: Most = { count: 0, at: 0 };
  let count = 0;
  for (const [at, step] of stepsOf(held)) {
    count += step;
    if (count > most.count) most = { count, at };
  }
  return most;
}

/** When first after `from` so many were under way at once; undefined when never. */
export function fullAfter(held: readonly Pick<Held, 'from' | 'to'>[], from: number, full: number): number | undefined {
  let count = 0;
  for (const [at, step] of stepsOf(held)) {
    count += step;
    if (at >= from && count >= full) return at;
  }
  return undefined;
}

function stepsOf(held: readonly Pick<Held, 'from' | 'to'>[]): readonly (readonly [at: number, step: 1 | -1])[] {
  return held
    .flatMap(({ from, to }) => [[from, 1] as const, [Math.max(from, to), -1] as const])
    .sort(([a, up], [b, down]) => a - b || up - down);
}

/** The longest without any of these moments, which are in order, between two times. */
export function longestSilence(moments: readonly number[], from: number, to: number): number {
  const marks = [from, ...moments.filter((at) => at >= from && at <= to), to];
  return Math.max(...marks.slice(1).map((at, place) => at - marks[place]!));
}

/** Transitions, in order, that do not go on from where the one before them came to: something between them was lost. */
export function breaksIn(
  transitions: readonly Pick<BreakerTransition, 'from' | 'to' | 'version'>[],
): readonly number[] {
  return transitions.flatMap(({ from, version }, place) => {
    const before = transitions[place - 1];
    return before !== undefined && before.to !== from ? [version] : [];
  });
}
