import { faultsOfValues, type SpecFault } from './check-spec.ts';
import { defaultPanicFloor } from './panic-floor.ts';
import { type BreakerPresets, breakerPresets } from './presets.ts';
import { type BreakerRules, defaultBreakerRules } from './rules.ts';
import type { BreakerSpec, BreakerWindow } from './spec.ts';

export type ResolvedBreaker =
  | { readonly kind: 'rules'; readonly rules: BreakerRules }
  /** Every one that there is. */
  | { readonly kind: 'faults'; readonly faults: readonly SpecFault[] };

/** What is not said is said by the preset, and then by the defaults. All faults of the values come first, then those of what does not go together. */
export function resolveBreakerSpec(spec: BreakerSpec, presets: BreakerPresets = breakerPresets): ResolvedBreaker {
  const { preset, ...own } = spec;
  const faults = faultsOfValues(spec);
  if (faults.length > 0) return { kind: 'faults', faults };
  if (preset !== undefined && !Object.hasOwn(presets, preset)) {
    const message = `there is no preset ${JSON.stringify(preset)}; there are ${Object.keys(presets).sort().join(', ')}`;
    return { kind: 'faults', faults: [{ path: 'preset', message }] };
  }
  const said: BreakerSpec = { ...(preset === undefined ? {} : presets[preset]), ...stated(own) };
  const rules = rulesOf(said);
  const contradictions = contradictionsOf(said, rules);
  return contradictions.length > 0 ? { kind: 'faults', faults: contradictions } : { kind: 'rules', rules };
}

function rulesOf(said: BreakerSpec): BreakerRules {
  const unless = defaultBreakerRules;
  const openMs = said.openMs ?? unless.openMs;
  const window = said.window ?? unless.window;
  return {
    failures: said.failures ?? unless.failures,
    window,
    minimumCalls: said.minimumCalls ?? Math.min(unless.minimumCalls, callsMost(window)),
    failureRate: said.failureRate ?? startOf(said.adaptive),
    slowRate: said.slowRate,
    slowMs: said.slowMs,
    early: said.early ?? unless.early,
    adaptive: said.adaptive,
    openMs,
    openMsMost: said.openMsMost ?? Math.max(unless.openMsMost, openMs),
    probes: said.probes ?? unless.probes,
    successes: said.successes ?? unless.successes,
    // A probe that may take long is not lost before its time is over.
    probeMs: said.probeMs ?? Math.max(unless.probeMs, said.timeoutMs ?? 0),
    spreadMs: openMs / 2,
    timeoutMs: said.timeoutMs,
    group: said.group,
    panicFloor: said.panicFloor ?? (said.group === undefined ? undefined : defaultPanicFloor),
  };
}

/** By what an adaptive breaker goes until it knows the target: the middle of what it may come to. */
function startOf(adaptive: BreakerSpec['adaptive']): number | undefined {
  return adaptive && (adaptive.least + adaptive.most) / 2;
}

function callsMost(window: BreakerWindow): number {
  return window.kind === 'count' ? window.calls : Number.POSITIVE_INFINITY;
}

function contradictionsOf(said: BreakerSpec, rules: BreakerRules): SpecFault[] {
  const faults: SpecFault[] = [];
  const fault = (isOne: boolean, path: string, message: string) => {
    if (isOne) faults.push({ path, message });
  };
  const { failures, window, minimumCalls, failureRate, slowRate, slowMs, early, adaptive, openMs, openMsMost } = rules;
  const opensNever = failures === 0 && failureRate === undefined && slowRate === undefined && !early;
  fault(opensNever, 'failures', 'is 0, and no failureRate, slowRate or early is given: nothing would ever open it');
  const calls = callsMost(window);
  fault(
    minimumCalls > calls,
    'minimumCalls',
    `is ${minimumCalls}, and the window holds ${calls} calls: no rate counts`,
  );
  fault(slowRate !== undefined && slowMs === undefined, 'slowMs', 'is needed with slowRate: when is a call slow?');
  fault(slowMs !== undefined && slowRate === undefined, 'slowMs', 'means nothing without slowRate');
  const isWithin = !adaptive || (failureRate! >= adaptive.least && failureRate! <= adaptive.most);
  fault(!isWithin, 'failureRate', `is ${failureRate}, and adaptive goes from ${adaptive?.least} to ${adaptive?.most}`);
  fault(openMsMost < openMs, 'openMsMost', `is ${openMsMost} ms, less than openMs, which is ${openMs} ms`);
  const isAlone = said.panicFloor !== undefined && rules.group === undefined;
  fault(isAlone, 'panicFloor', 'means nothing without group');
  return faults;
}

/** Without what is there and undefined, as a program may write it. */
function stated<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
