import { chanceAt } from './chance.ts';

/** What may go wrong at a port call. */
export type FaultKind =
  /** Nothing is done and the caller hears so. */
  | 'refused'
  | 'failedBefore'
  /** It is done, but the caller hears that it took too long. */
  | 'timedOutAfter'
  | 'slow'
  | 'doubled'
  | 'lost'
  | 'late'
  | 'elsewhere'
  | 'again'
  | 'frozen'
  | 'diesBefore'
  | 'diesAfter';

export interface Fault {
  /** The place of its decision: the same seed decides the same at the same place. */
  readonly place: number;
  readonly kind: FaultKind | 'outage' | 'killed' | 'stopped' | 'paused' | 'cancelled';
  readonly point: string;
  readonly at: number;
}

/** Decides at each point whether something goes wrong. A list of places switches every other fault off, for shrinking. */
export interface Faults {
  readonly injected: readonly Fault[];
  /** The points that were passed, by place. */
  readonly points: readonly string[];
  at(point: string, kinds: readonly FaultKind[], now: number): FaultKind | undefined;
  /** For what is planned before the world begins. */
  plan(kind: Fault['kind'], point: string, at: number): boolean;
}

export interface Weather {
  /** How many of a thousand calls go wrong. */
  readonly perMille: number;
  /** No fault from here on. */
  readonly quietAt: number;
  /** Only at these places; at all unless given. */
  readonly only?: ReadonlySet<number>;
  /** Instead of chance: exactly these. */
  readonly forced?: ReadonlyMap<number, FaultKind>;
}

export function createFaults(seed: number, { perMille, quietAt, only, forced }: Weather): Faults {
  const injected: Fault[] = [];
  const points: string[] = [];
  let planned = 0;

  function draw(place: number, kinds: readonly FaultKind[], now: number): FaultKind | undefined {
    if (now >= quietAt || kinds.length === 0 || (only && !only.has(place))) return undefined;
    if (chanceAt(seed, 11, place) * 1_000 >= perMille) return undefined;
    return kinds[Math.floor(chanceAt(seed, 12, place) * kinds.length)]!;
  }

  return {
    injected,
    points,
    at(point, kinds, now) {
      const place = points.push(point) - 1;
      const kind = forced ? forced.get(place) : draw(place, kinds, now);
      if (kind) injected.push({ place, kind, point, at: now });
      return kind;
    },
    plan(kind, point, at) {
      const place = -1 - planned++;
      if (only && !only.has(place)) return false;
      injected.push({ place, kind, point, at });
      return true;
    },
  };
}

export function tellFault({ place, kind, point, at }: Fault, start: number): string {
  return `${place}: ${kind} at ${point}, ${((at - start) / 1_000).toFixed(3)} s`;
}
