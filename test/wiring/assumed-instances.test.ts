import { expect, test } from '@jest/globals';
import { createMemoryGuardRecords } from '../../shared/adapters/memory/guard-records.ts';
import { CodedError } from '../../shared/core/error.ts';
import { seededRandom } from '../../shared/core/random.ts';
import { noGuardsFile } from '../../shared/wiring/guards-file.ts';
import { openGuards } from '../../shared/wiring/open-guards.ts';
import { handClock } from '../support/hand-clock.ts';

/** Begun while the store of permits is away. */
async function permitsOfOne(instances?: number): Promise<number> {
  const clock = handClock();
  const away = async () => {
    throw new CodedError('redis_unavailable', 'away');
  };
  const { bulkheads } = openGuards({
    ...{ clock, random: seededRandom(1), mayBeUnheard: true, records: createMemoryGuardRecords() },
    hot: { permits: { ask: away, readAll: away, watch: () => () => {} }, close: async () => {} },
    file: { ...noGuardsFile, bulkheads: { model: { limit: 8, leaseMs: 1_000 } }, ...(instances && { instances }) },
    topics: { publish: async () => ({ kind: 'succeeded', result: null }) },
    report() {},
  });
  const pool = bulkheads.bulkhead('model');
  let running = 0;
  for (let call = 0; call < 8; call++)
    void pool.run(() => {
      running++;
      return new Promise(() => {});
    });
  await clock.advance(5_000);
  return running;
}

test('who begins while Redis is away takes its share by the number of instances that the file names', async () => {
  expect(await permitsOfOne(4)).toBe(2);
  expect(await permitsOfOne()).toBe(8);
});
