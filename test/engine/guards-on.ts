import { createMemoryGuardRecords } from '../../shared/adapters/memory/guard-records.ts';
import { seededRandom } from '../../shared/core/random.ts';
import type { BulkheadSpec } from '../../shared/policy/bulkhead/index.ts';
import { noGuardsFile } from '../../shared/wiring/guards-file.ts';
import { openGuards } from '../../shared/wiring/open-guards.ts';
import type { HandClock } from '../support/hand-clock.ts';

/** The guards of a whole house without a hot store, and one bulkhead `model` in it. */
export function guardsOn(clock: HandClock, spec: BulkheadSpec) {
  return openGuards({
    ...{ clock, random: seededRandom(1), mayBeUnheard: true, records: createMemoryGuardRecords() },
    file: { ...noGuardsFile, bulkheads: { model: spec } },
    topics: { publish: async () => ({ kind: 'succeeded', result: null }) },
    report: (error) => {
      throw error;
    },
  });
}
