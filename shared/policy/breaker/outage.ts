import type { BreakerRules } from './rules.ts';

/** From a breaker's opening until it closes: open at first, and half open since the first probe after it. */
export interface Outage {
  /** Of what it opened last. */
  because: string;
  /** In a row, without a closing between. */
  openings: number;
  openForMs: number;
  until: number;
  isHalfOpen: boolean;
  /** Probes that succeeded in a row. */
  successes: number;
  readonly probes: Probe[];
}

/** The right to make one call. It ends by itself, so that a caller who died keeps nobody waiting. */
interface Probe {
  readonly number: number;
  until: number;
}

/** Of the opening with this number in a row. `chance` is uniform in [0, 1). */
export function openForMs(openings: number, { openMs, openMsMost }: BreakerRules, chance: number): number {
  return Math.min(openMsMost, openMs * 2 ** (openings - 1)) * (0.8 + 0.4 * chance);
}

export function openOutage(
  because: string,
  openings: number,
  rules: BreakerRules,
  now: number,
  chance: number,
): Outage {
  const forMs = openForMs(openings, rules, chance);
  return { because, openings, openForMs: forMs, until: now + forMs, isHalfOpen: false, successes: 0, probes: [] };
}

/** When to come back, or undefined where one more probe may be made now. */
export function waitsUntil(outage: Outage, rules: BreakerRules, now: number, chance: () => number): number | undefined {
  if (!outage.isHalfOpen) {
    // It cannot be open for longer than it was opened for: the clock was set back.
    if (outage.until > now + outage.openForMs) outage.until = now + outage.openForMs;
    return now < outage.until ? outage.until + chance() * rules.spreadMs : undefined;
  }
  dropLost(outage.probes, rules.probeMs, now);
  return outage.probes.length < rules.probes ? undefined : now + (1 / 3 + chance()) * rules.spreadMs;
}

export function beginProbe(outage: Outage, number: number, rules: BreakerRules, now: number): void {
  outage.isHalfOpen = true;
  outage.probes.push({ number, until: now + rules.probeMs });
}

/** False where it is not under way any more. */
export function endProbe({ probes }: Outage, number: number): boolean {
  const at = probes.findIndex((probe) => probe.number === number);
  if (at >= 0) probes.splice(at, 1);
  return at >= 0;
}

function dropLost(probes: Probe[], probeMs: number, now: number): void {
  for (let at = probes.length - 1; at >= 0; at--) {
    const probe = probes[at]!;
    if (probe.until > now + probeMs) probe.until = now + probeMs;
    if (probe.until <= now) probes.splice(at, 1);
  }
}
