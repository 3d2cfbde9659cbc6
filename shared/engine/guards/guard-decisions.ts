import { type BreakerSpec, faultsOfOverride, type Override } from '../../policy/breaker/index.ts';
import type { GuardRecord } from '../../ports/index.ts';
import type { GuardDecision } from './guard-changes.ts';
import type { WishedOverride } from './guards.ts';

/** What becomes of a guard's record by what an operator asks. Undefined where it is so already. */

type Decision<Spec> = (before: GuardRecord<Spec> | undefined) => GuardDecision<Spec> | undefined;
type Fault = { readonly path: string; readonly message: string };

export function configured<Spec>(spec: Spec, reason: string | undefined): Decision<Spec> {
  return (before) => {
    const [was, is] = [textOf(before?.spec), JSON.stringify(spec)];
    if (was === is) return undefined;
    const because = reason ?? (was === undefined ? 'configured' : 'configured anew');
    return { kept: { ...keptOf(before), spec }, because, after: is, ...(was !== undefined && { before: was }) };
  };
}

export function forced(override: Override): Decision<BreakerSpec> {
  return (before) => {
    const was = before?.override && overrideText(before.override);
    return {
      kept: { ...keptOf(before), override },
      because: override.reason,
      after: overrideText(override),
      ...(was !== undefined && { before: was }),
    };
  };
}

export function released(reason: string | undefined): Decision<BreakerSpec> {
  return (before) => {
    if (!before?.override) return undefined;
    const { override, ...kept } = keptOf(before);
    return { kept, because: reason ?? 'it judges for itself again', before: overrideText(before.override) };
  };
}

export function closedAnew(reason: string | undefined, now: number, state: string | undefined): Decision<BreakerSpec> {
  return (before) => ({
    kept: { ...keptOf(before), resetAt: now },
    because: reason ?? 'its counts are gone',
    after: 'closed',
    ...(state !== undefined && { before: state }),
  });
}

export function unconfigured<Spec>(reason: string | undefined): Decision<Spec> {
  return (before) => {
    if (before?.spec === undefined) return undefined;
    const { spec, ...kept } = keptOf(before);
    return { kept, because: reason ?? 'what was configured is taken away', before: JSON.stringify(spec) };
  };
}

const reasonCharsMost = 1_000;
const untilMsMost = 366 * 86_400_000;

/** With its end, or everything that is wrong with it. */
export function overrideOf(
  { kind, reason, until, forMs }: WishedOverride,
  by: string,
  now: number,
): Override | readonly Fault[] {
  const end = until ?? (forMs === undefined ? undefined : now + forMs);
  const override = { kind, reason, by, ...(end !== undefined && { until: end }) };
  const faults: Fault[] = [...faultsOfOverride(override, now)];
  const add = (path: string, message: string) => void faults.push({ path, message });
  if (reason.length > reasonCharsMost)
    add('reason', `has ${reason.length} characters; ${reasonCharsMost} are the most`);
  if (until !== undefined && forMs !== undefined) add('until', 'means nothing beside `for`: say one of them');
  if (end !== undefined && end > now + untilMsMost)
    add('until', 'is more than a year ahead: leave it out, and release it when it is time');
  if (faults.length === 0) return override;
  return until === undefined ? faults.map((each) => (each.path === 'until' ? { ...each, path: 'for' } : each)) : faults;
}

function keptOf<Spec>(record: GuardRecord<Spec> | undefined): Pick<GuardRecord<Spec>, 'spec' | 'override' | 'resetAt'> {
  const { spec, override, resetAt } = record ?? {};
  return {
    ...(spec !== undefined && { spec }),
    ...(override && { override }),
    ...(resetAt !== undefined && { resetAt }),
  };
}

const textOf = (spec: unknown): string | undefined => (spec === undefined ? undefined : JSON.stringify(spec));

function overrideText({ kind, until }: Override): string {
  return until === undefined ? kind : `${kind} until ${new Date(until).toISOString()}`;
}
