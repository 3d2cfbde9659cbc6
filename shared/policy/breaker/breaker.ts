/**
 * A breaker is plain data and has no timer: time is given with every question, so a process that slept for a day finds the breaker
 * that it would have found had it been awake. Failures, openings and successes are those in a row.
 */
export type Breaker = (
  | { readonly kind: 'closed'; readonly failures: number }
  | { readonly kind: 'open'; readonly until: number; readonly openings: number }
  | {
      readonly kind: 'half_open';
      readonly openings: number;
      readonly successes: number;
      readonly probes: readonly Probe[];
    }
) & {
  /** Number of the last probe. It is never given again, so that one who is late is not taken for another. */
  readonly probed: number;
};

/** The right to make one call. It ends by itself, so that a caller who died keeps nobody waiting. */
interface Probe {
  readonly number: number;
  readonly until: number;
}

/** Durations are milliseconds. */
export interface BreakerRules {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** How long it stays open, first; doubled each time that no probe succeeds, up to `openMsMost`. By chance up to a fifth more or less. */
  readonly openMs: number;
  readonly openMsMost: number;
  /** Probes under way at once. */
  readonly probes: number;
  /** Probes in a row that close it. */
  readonly successes: number;
  /** After that a probe is taken for lost. */
  readonly probeMs: number;
  /** Over how long those who waited for it come back. */
  readonly spreadMs: number;
}

export const defaultBreakerRules: BreakerRules = {
  failures: 5,
  openMs: 30_000,
  openMsMost: 300_000,
  probes: 1,
  successes: 2,
  probeMs: 60_000,
  spreadMs: 15_000,
};

export const closedBreaker: Breaker = { kind: 'closed', failures: 0, probed: 0 };

export type Admission =
  /** With the number of the probe that it is, where it is one. */
  { readonly kind: 'admitted'; readonly probe?: number } | { readonly kind: 'refused'; readonly retryAt: number };

/** `unheard` says nothing of the target: the call was not made, or was called off. */
export type BreakerOutcome = 'succeeded' | 'failed' | 'unheard';

/** Whether one more call may be made now. `chance` is uniform in [0, 1), here and below. */
export function admit(
  breaker: Breaker,
  rules: BreakerRules,
  now: number,
  chance: number,
): { readonly breaker: Breaker; readonly admission: Admission } {
  switch (breaker.kind) {
    case 'closed':
      return { breaker, admission: { kind: 'admitted' } };
    case 'open': {
      if (now < breaker.until) return refuse(breaker, breaker.until + chance * rules.spreadMs);
      const { openings, probed } = breaker;
      return letProbe({ kind: 'half_open', openings, successes: 0, probes: [], probed }, rules, now);
    }
    case 'half_open': {
      const probes = breaker.probes.filter(({ until }) => until > now);
      if (probes.length < rules.probes) return letProbe({ ...breaker, probes }, rules, now);
      return refuse(breaker, now + (1 / 3 + chance) * rules.spreadMs);
    }
  }
}

/** What became of a call. While the breaker is not closed only probes tell: others were begun in another time. */
export function record(
  breaker: Breaker,
  outcome: BreakerOutcome,
  rules: BreakerRules,
  now: number,
  chance: number,
  probe?: number,
): Breaker {
  const { probed } = breaker;
  if (breaker.kind === 'closed') {
    if (outcome === 'unheard' || probe !== undefined) return breaker;
    if (outcome === 'succeeded') return breaker.failures === 0 ? breaker : closed(probed);
    const failures = breaker.failures + 1;
    return failures < rules.failures ? { ...breaker, failures } : open(1, probed, rules, now, chance);
  }
  if (breaker.kind === 'open' || !breaker.probes.some(({ number }) => number === probe)) return breaker;
  if (outcome === 'failed') return open(breaker.openings + 1, probed, rules, now, chance);
  const probes = breaker.probes.filter(({ number }) => number !== probe);
  const successes = breaker.successes + Number(outcome === 'succeeded');
  return successes >= rules.successes ? closed(probed) : { ...breaker, probes, successes };
}

function closed(probed: number): Breaker {
  return { kind: 'closed', failures: 0, probed };
}

function open(openings: number, probed: number, rules: BreakerRules, now: number, chance: number): Breaker {
  const { openMs, openMsMost } = rules;
  const openForMs = Math.min(openMsMost, openMs * 2 ** (openings - 1)) * (0.8 + 0.4 * chance);
  return { kind: 'open', until: now + openForMs, openings, probed };
}

function letProbe(breaker: Extract<Breaker, { kind: 'half_open' }>, rules: BreakerRules, now: number) {
  const number = breaker.probed + 1;
  const probes = [...breaker.probes, { number, until: now + rules.probeMs }];
  return { breaker: { ...breaker, probes, probed: number }, admission: { kind: 'admitted', probe: number } as const };
}

function refuse(breaker: Breaker, retryAt: number) {
  return { breaker, admission: { kind: 'refused', retryAt } as const };
}
