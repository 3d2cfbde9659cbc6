import {
  type BreakerOutcome,
  type BreakerRules,
  judgeFleet,
  type Override,
  openForMs,
} from '../../policy/breaker/index.ts';
import type { BreakerReport, BreakerTransition, FleetBreaker, ProbeAnswer } from '../../ports/index.ts';
import { addReport, type FleetCounts, instancesOf } from './fleet-counts.ts';

/** One breaker as the store keeps it. The Lua script of the Redis adapter keeps the same, and does the same to it. */
export interface KeptBreaker {
  readonly name: string;
  version: number;
  /** Its version when it was closed last: what was counted by one who knew an older one is of another time. */
  era: number;
  state: FleetBreaker['state'];
  openings: number;
  because: string;
  override: Override | undefined;
  /** Of an open one. */
  until: number;
  openForMs: number;
  /** Of one that is half open. */
  successes: number;
  probes: readonly { readonly number: number; readonly until: number }[];
  /** It was taken over: until then probes may be under way of which nothing is known. */
  warmUntil: number;
  probed: number;
  counts: FleetCounts | undefined;
}

/** One step: whose it is, when it is, its chance, and the changes that it makes, which are to be kept and told. */
export interface Step {
  readonly instance: string;
  readonly now: number;
  readonly chance: number;
  readonly changes: BreakerTransition[];
}

export function newBreaker(name: string): KeptBreaker {
  const because = 'nothing is known against it';
  const open = { until: 0, openForMs: 0, successes: 0, probes: [], warmUntil: 0 };
  return {
    name,
    version: 0,
    era: 0,
    state: 'closed',
    openings: 0,
    because,
    override: undefined,
    ...open,
    probed: 0,
    counts: undefined,
  };
}

export function viewOf(kept: KeptBreaker, now: number): FleetBreaker {
  const { name, version, state, openings, because, override } = kept;
  return {
    name,
    version,
    state,
    ...(state === 'open' ? { openForMs: Math.max(0, kept.until - now) } : {}),
    openings,
    because,
    ...(override === undefined ? {} : { override }),
  };
}

/** Takes over what somebody knows and the store does not. True where it did. */
export function adopt(kept: KeptBreaker, known: FleetBreaker | undefined, now: number, probeMs: number): boolean {
  if (known === undefined || known.version <= kept.version) return false;
  const { version, state, openings, because, override } = known;
  Object.assign(kept, newBreaker(kept.name), {
    version,
    era: version,
    state,
    openings,
    because,
    override,
    probed: kept.probed,
  });
  if (state === 'open') {
    kept.openForMs = known.openForMs ?? 0;
    kept.until = now + kept.openForMs;
  }
  if (state === 'half_open') kept.warmUntil = now + probeMs;
  return true;
}

/** What only time changes. */
export function settleTime(kept: KeptBreaker, step: Step): void {
  const { now } = step;
  if (kept.state === 'open') kept.until = Math.min(kept.until, now + kept.openForMs);
  const { override } = kept;
  if (override?.until === undefined || override.until > now) return;
  kept.override = undefined;
  const because = `what ${override.by} decided (${override.kind}) has ended`;
  change(kept, kept.state, because, { ...step, instance: override.by });
}

export function report(kept: KeptBreaker, reported: BreakerReport, step: Step): void {
  const { rules, known, wouldOpen } = reported;
  if (kept.state !== 'closed' || (kept.override !== undefined && kept.override.kind !== 'shadow')) return;
  if (known !== undefined && known.version < kept.era) return;
  kept.counts = addReport(kept.counts, step.instance, reported, wouldOpen !== undefined, rules, step.now);
  const because = verdict(kept.counts, reported);
  if (because !== undefined) open(kept, 1, because, rules, step);
}

/** By the counts, or where these say nothing by what the instances say of themselves: the only one, or two of them and no less than half. */
function verdict(counts: FleetCounts, { rules, wouldOpen }: BreakerReport): string | undefined {
  const instances = instancesOf(counts);
  const judged = judgeFleet(instances, rules);
  if (judged.opens) return judged.because;
  if (wouldOpen === undefined) return undefined;
  const votes = instances.filter((one) => one.wouldOpen).length;
  if (votes === 1 && instances.length === 1) return wouldOpen;
  if (votes < 2 || votes * 2 < instances.length) return undefined;
  return `${wouldOpen}, and so say ${votes} of ${instances.length} instances`;
}

export function askProbe(kept: KeptBreaker, rules: BreakerRules, step: Step): ProbeAnswer {
  const { now, chance } = step;
  const refuse = (forMs: number): ProbeAnswer => ({
    kind: 'refused',
    retryInMs: Math.max(1, forMs),
    breaker: viewOf(kept, now),
  });
  if (kept.state === 'closed') return { kind: 'closed', breaker: viewOf(kept, now) };
  if (kept.state === 'open') {
    if (now < kept.until) return refuse(kept.until - now);
    halfOpen(kept, step);
  }
  kept.warmUntil = Math.min(kept.warmUntil, now + rules.probeMs);
  if (now < kept.warmUntil) return refuse(kept.warmUntil - now);
  dropLost(kept, rules, now);
  if (kept.probes.length >= rules.probes)
    return refuse(Math.min((1 / 3 + chance) * rules.spreadMs, ...kept.probes.map(({ until }) => until - now)));
  kept.probed = Math.max(kept.probed + 1, Math.floor(now));
  kept.probes = [...kept.probes, { number: kept.probed, until: now + rules.probeMs }];
  return { kind: 'granted', probe: kept.probed, breaker: viewOf(kept, now) };
}

export function settleProbe(
  kept: KeptBreaker,
  probe: number,
  outcome: BreakerOutcome,
  rules: BreakerRules,
  step: Step,
): void {
  if (kept.state !== 'half_open') return;
  dropLost(kept, rules, step.now);
  const rest = kept.probes.filter(({ number }) => number !== probe);
  if (rest.length === kept.probes.length) return;
  kept.probes = rest;
  if (outcome === 'failed') return open(kept, kept.openings + 1, 'a probe failed', rules, step);
  kept.successes += Number(outcome === 'succeeded');
  if (kept.successes < rules.successes) return;
  const calls = kept.successes;
  close(kept, calls === 1 ? '1 probe succeeded' : `${calls} probes succeeded in a row`, step);
  // They are the first calls after it, so that one bad instance that is heard before all others is not alone.
  report(kept, { name: kept.name, rules, calls, failures: 0, slow: 0, failuresInRow: 0 }, step);
}

export function override(kept: KeptBreaker, decided: Override | undefined, reset: boolean, step: Step): void {
  kept.override = decided;
  if (reset) return close(kept, 'it was reset', step);
  const because = decided ? `${decided.kind} by ${decided.by}: ${decided.reason}` : 'it judges for itself again';
  // Who forces it closed ends the outage: it is not there again when the override is taken away.
  if (decided?.kind === 'forced_closed' && kept.state !== 'closed') close(kept, because, step);
  else change(kept, kept.state, because, step);
}

function open(kept: KeptBreaker, openings: number, because: string, rules: BreakerRules, step: Step): void {
  const from = kept.state;
  const forMs = Math.ceil(openForMs(openings, rules, step.chance));
  const time = { openForMs: forMs, until: step.now + forMs };
  Object.assign(kept, newBreaker(kept.name), remembered(kept), { state: 'open', openings, because, ...time });
  change(kept, from, because, step);
}

function halfOpen(kept: KeptBreaker, step: Step): void {
  const { openings } = kept;
  const because = 'its time is over, and probes are let through';
  Object.assign(kept, newBreaker(kept.name), remembered(kept), { state: 'half_open', openings, because });
  change(kept, 'open', because, step);
}

function close(kept: KeptBreaker, because: string, step: Step): void {
  const from = kept.state;
  Object.assign(kept, newBreaker(kept.name), remembered(kept), { because });
  change(kept, from, because, step);
  kept.era = kept.version;
}

function remembered({ version, era, override, probed }: KeptBreaker) {
  return { version, era, override, probed };
}

function change(
  kept: KeptBreaker,
  from: FleetBreaker['state'],
  because: string,
  { instance, now, changes }: Step,
): void {
  kept.version = Math.max(kept.version + 1, Math.floor(now));
  const { name, version, state, override: decided } = kept;
  const over = decided === undefined ? {} : { override: decided };
  changes.push({ name, version, from, to: state, ...over, because, at: Math.floor(now), instance });
}

function dropLost(kept: KeptBreaker, { probeMs }: BreakerRules, now: number): void {
  kept.probes = kept.probes
    .map(({ number, until }) => ({ number, until: Math.min(until, now + probeMs) }))
    .filter(({ until }) => until > now);
}
