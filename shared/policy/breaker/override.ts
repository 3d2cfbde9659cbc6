import {
  type Admission,
  admit,
  type Breaker,
  type BreakerOutcome,
  closeBreaker,
  countOutcome,
  isSlowCall,
  record,
} from './breaker.ts';
import type { SpecFault } from './check-spec.ts';
import type { BreakerRules } from './rules.ts';
import type { Override } from './spec.ts';

/** An override that has run out is none, though it may still be written somewhere. */
export function inForce(override: Override | undefined, now: number): Override | undefined {
  return override?.until !== undefined && override.until <= now ? undefined : override;
}

/** What is wrong with an override that somebody wishes. */
export function faultsOfOverride(override: Pick<Override, 'kind' | 'reason' | 'until'>, now: number): SpecFault[] {
  const { kind, reason, until } = override;
  const faults: SpecFault[] = [];
  if (!kinds.includes(kind)) faults.push({ path: 'kind', message: `must be one of ${kinds.join(', ')}` });
  if (typeof reason !== 'string' || reason.trim() === '')
    faults.push({ path: 'reason', message: `is needed: why is the breaker ${kind}? Whoever meets it will ask` });
  if (until !== undefined && !(until > now))
    faults.push({ path: 'until', message: 'is over already; leave it out for an override that somebody takes away' });
  return faults;
}

const kinds: readonly string[] = ['forced_open', 'forced_closed', 'disabled', 'shadow'];

/**
 * As `admit`, under an override that is in force. `shadow` lets through what the breaker refuses, and its probes are probes. Who forces a
 * breaker closed ends the outage; what is counted from then on is judged with the first failure after the override.
 */
export function admitUnder(
  override: Override,
  breaker: Breaker,
  rules: BreakerRules,
  now: number,
  chance: () => number,
): Admission {
  switch (override.kind) {
    case 'forced_open':
      return { kind: 'refused', retryAt: (override.until ?? now + rules.openMs) + chance() * rules.spreadMs };
    case 'forced_closed':
      if (breaker.outage !== undefined) closeBreaker(breaker);
      return admitted;
    case 'disabled':
      return admitted;
    case 'shadow': {
      const own = admit(breaker, rules, now, chance);
      return own.kind === 'refused' ? admitted : own;
    }
  }
}

const admitted: Admission = { kind: 'admitted' };

/** As `record`, under an override that is in force. */
export function recordUnder(
  override: Override,
  breaker: Breaker,
  rules: BreakerRules,
  outcome: BreakerOutcome,
  now: number,
  chance: () => number,
  tookMs = 0,
  probe?: number,
): void {
  switch (override.kind) {
    case 'disabled':
      return;
    case 'forced_open':
    case 'forced_closed':
      if (outcome !== 'unheard') countOutcome(breaker, rules, outcome === 'failed', isSlowCall(rules, tookMs), now);
      return;
    case 'shadow':
      return record(breaker, rules, outcome, now, chance, tookMs, probe);
  }
}
