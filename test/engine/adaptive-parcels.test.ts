import { describe, expect, test } from '@jest/globals';
import { createMemoryTargetCounts } from '../../shared/adapters/memory/target-counts.ts';
import { isFinal } from '../../shared/jobs/index.ts';
import { aFleet, wideJob } from './a-fleet.ts';

const visitMs = 60_000;
const retry = { strategy: 'adaptive', delay: 10, maxDelay: 1_000, maxAttempts: 5 };

/** Two engines and a handler that is overloaded the first time that a node calls it. */
function stumblingFleet() {
  const counts = createMemoryTargetCounts();
  const failed = new Set<string>();
  const work = (_: unknown, { idempotencyKey, nodeId }: { idempotencyKey: string; nodeId: string }) => {
    if (nodeId === 'join' || failed.has(idempotencyKey)) return null;
    failed.add(idempotencyKey);
    throw Object.assign(new Error('too many'), { code: 'http_503' });
  };
  const options = { nodesPerParcel: 10, nodesPerVisit: 10 };
  const fleet = aFleet({ engines: 2, counts, handlers: { work }, options });
  const { engines, clock, within } = fleet;

  async function run(width: number): Promise<string> {
    const jobId = await fleet.submit(wideJob(width, { retry }));
    for (let round = 0; round < 20 && !isFinal((await fleet.store.load(jobId))!.header.state); round++) {
      for (const message of fleet.takeMessages())
        await within(visitMs + 5_000, engines[round % 2]!.invocations.runNodes(message, clock.now() + visitMs));
      await clock.advance(20_000);
      await within(visitMs, engines[0]!.invocations.checkJobs([jobId]));
    }
    return jobId;
  }

  return { ...fleet, counts, run };
}

describe('a wide job whose nodes are handed out in parcels', () => {
  test('has adaptive retries like any other: chosen where the call was made, and learned from there', async () => {
    const { store, clock, counts, run } = stumblingFleet();
    const jobId = await run(40);
    const lines = (await store.readAudit(jobId, 0, 1_000)).filter(({ event }) => event === 'failed');
    expect(lines).toHaveLength(40);
    for (const { because } of lines)
      expect(because).toMatch(/, adaptive chose \w+ \(.+\) for overloaded at handler:work$/);
    // What has gathered is shared when there is something to learn again.
    await clock.advance(60_000);
    await run(40);
    const slots = await counts.add('adaptive overloaded handler:work', [], 0);
    const tried = slots.flatMap((slot) => Object.entries(slot.counts)).filter(([key]) => key.endsWith(' tried'));
    expect(tried.reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThanOrEqual(40);
  }, 30_000);
});
