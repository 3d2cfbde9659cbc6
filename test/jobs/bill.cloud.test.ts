import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { JsonObject } from '../../shared/core/json.ts';
import { billOf, type JobBill, priceLists, type Range } from '../../shared/jobs/report/index.ts';
import { isFinal } from '../../shared/jobs/states.ts';
import { sumOfUsage } from '../../shared/wiring/fleet/usage.ts';
import { call, chain, fanOut } from '../cloud/shapes.ts';
import { clock, openWorkbench, until, type Workbench } from '../cloud/workbench.ts';
import { anSdk } from '../support/a-firestore.ts';
import { describeCloud } from '../support/emulators.ts';

/** What the doors of a fleet really asked of Firestore and were sent by Pub/Sub for one job, and what of it is stored. */
interface Truth {
  readonly writes: number;
  readonly reads: number;
  readonly messages: number;
  readonly requests: number;
  readonly documents: number;
}

const parts = ['pages', 'audit', 'texts', 'parcels'] as const;

describeCloud("a job's bill, beside what was really used", () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await openWorkbench({ instances: { 'execute-nodes': 2 }, env: { BREAKWATER_LEASE: '30s' }, tickMs: 0 });
  }, 60_000);
  afterAll(async () => bench?.[Symbol.asyncDispose]());

  async function used(): Promise<Omit<Truth, 'documents'>> {
    const doors = [...(await bench.fleet.usage()).values()];
    const { writes, reads } = sumOfUsage(doors.map(({ store }) => store));
    const requests = doors.reduce((sum, each) => sum + each.requests, 0);
    return { writes, reads, requests, messages: requests - 1 };
  }

  /** Each is the only job of its time. */
  async function run(spec: JsonObject): Promise<{ bill: JobBill; truth: Truth }> {
    const before = await used();
    const jobId = await bench.api.submit(spec, String(spec['name']));
    const load = async () => (await bench.store.load(jobId))!;
    await until(`job ${jobId} ended`, async () => isFinal((await load()).header.state), 30_000);
    // A door may still be answering.
    await clock.sleep(300);
    const after = await used();
    return {
      bill: billOf(await load(), priceLists.regional, clock.now()),
      truth: {
        writes: after.writes - before.writes,
        reads: after.reads - before.reads,
        requests: after.requests - before.requests,
        messages: after.requests - before.requests - 1,
        documents: await documentsOf(jobId),
      },
    };
  }

  async function documentsOf(jobId: string): Promise<number> {
    const sdk = anSdk(bench.project);
    const inside = await Promise.all(
      parts.map((part) => sdk.collection(`breakwater-jobs/${jobId}/breakwater-${part}`).listDocuments()),
    );
    await sdk.terminate();
    // The job's own, and that of its key.
    return 2 + inside.flat().length;
  }

  test('a chain of five writes seven times and its key, is read once, and the bill says so to the document', async () => {
    const { bill, truth } = await run(chain('chain', 5, () => 0).spec);
    expect(truth).toEqual({ writes: 8, reads: 1, messages: 1, requests: 2, documents: 2 });
    expect(writesOf(bill)).toEqual({ least: 8, likely: 8, most: 8 });
    expect(bill).toMatchObject({ reads: { likely: 1 }, messages: { likely: 1 }, requests: { likely: 2 } });
    expect(bill.deletes).toEqual({ least: 2, likely: 2, most: 2 });
    expectTrue(bill, truth);
  }, 40_000);

  test('a wide job: what its parcels and pages took lies within the bounds, and near the estimate', async () => {
    const { bill, truth } = await run(fanOut(350, 5).spec);
    expectTrue(bill, truth);
    expect(bill.writes.parcels.likely).toBeGreaterThan(0);
    expect(writesOf(bill).likely / truth.writes).toBeGreaterThan(0.6);
    expect(writesOf(bill).likely / truth.writes).toBeLessThan(1.6);
  }, 40_000);

  test('retries, delays and a large result: the writes are known but for what retries tell of their target, and what woke the job lies within the bounds', async () => {
    const retry = { strategy: 'fixed', delay: '200ms', jitter: 'none', maxAttempts: 4 };
    const nodes = [
      call('list', [], { items: 2_000 }),
      call('shaky', ['list'], { stumbles: 2 }, { retry }),
      { id: 'pause', type: 'delay', delay: '300ms', dependsOn: ['shaky'] },
      call('end', ['pause'], {}),
    ];
    const { bill, truth } = await run({ name: 'retries', nodes });
    expect(bill.writes.texts).toEqual({ least: 1, likely: 1, most: 1 });
    expect(writesOf(bill).likely).toBe(truth.writes);
    expect(bill.writes.counts).toEqual({ least: 0, likely: 2, most: 4 });
    expect(bill.messages.likely).toBe(truth.messages);
    expectTrue(bill, truth);
  }, 40_000);
});

const writesOf = ({ writes }: JobBill): Range => {
  const at = (bound: keyof Range) => Object.values(writes).reduce((sum, range) => sum + range[bound], 0);
  return { least: at('least'), likely: at('likely'), most: at('most') };
};

function expectTrue(bill: JobBill, truth: Truth): void {
  const pairs: [string, Range, number][] = [
    ['writes', writesOf(bill), truth.writes],
    ['deletes', bill.deletes, truth.documents],
    ['reads', bill.reads, truth.reads],
    ['messages', bill.messages, truth.messages],
    ['requests', bill.requests, truth.requests],
  ];
  const outside = pairs.filter(([, { least, most }, count]) => count < least || count > most);
  expect(outside).toEqual([]);
}
