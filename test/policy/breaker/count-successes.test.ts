import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type BreakerSpec,
  countOutcome,
  countSuccessesOf,
  countsOf,
  createBreaker,
  record,
  resolveBreakerSpec,
} from '../../../shared/policy/breaker/index.ts';

const shapes: readonly BreakerSpec[] = [
  { failures: 3, slowRate: 0.9, slowMs: 100, minimumCalls: 50 },
  { failures: 0, early: true },
  { failures: 3, window: { kind: 'count', calls: 20 } },
];

test('many successes at once are the same as one after the other', () => {
  const step = fc.record({ fails: fc.nat(2), succeed: fc.nat(30), isSlow: fc.boolean(), passMs: fc.nat(40_000) });
  fc.assert(
    fc.property(fc.constantFrom(...shapes), fc.array(step, { maxLength: 20 }), (spec, steps) => {
      const resolved = resolveBreakerSpec(spec);
      if (resolved.kind === 'faults') throw new Error(JSON.stringify(resolved.faults));
      const { rules } = resolved;
      const [one, other] = [createBreaker(), createBreaker()];
      let now = 1_700_000_000_000;
      for (const { fails, succeed, isSlow, passMs } of steps) {
        now += passMs;
        for (const breaker of [one, other])
          for (let call = 0; call < fails; call++) record(breaker, rules, 'failed', now, () => 0.5);
        countSuccessesOf(one, rules, succeed, isSlow, now);
        for (let call = 0; call < succeed; call++) countOutcome(other, rules, false, isSlow, now);
        expect(countsOf(one, now)).toEqual(countsOf(other, now));
        expect(one).toEqual(other);
      }
    }),
  );
});
