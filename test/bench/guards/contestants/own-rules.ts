import { type BreakerRules, resolveBreakerSpec } from '../../../../shared/policy/breaker/index.ts';

/** Of ours, unless said: a window of ten seconds of which half must fail, or half be slow. */
export const ownRules: BreakerRules = rulesOf();

function rulesOf(): BreakerRules {
  const window = { kind: 'time', ms: 10_000 } as const;
  const resolved = resolveBreakerSpec({ failures: 0, window, failureRate: 0.5, slowRate: 0.5, slowMs: 1_000 });
  if (resolved.kind === 'faults') throw new Error(JSON.stringify(resolved.faults));
  return resolved.rules;
}
