import { afterEach, expect, test } from '@jest/globals';
import { type Random, seededRandom } from '../../shared/core/random.ts';
import { describeCloud, firestoreHost, pubsubHost } from '../support/emulators.ts';
import { type Fate, openGrpcProxy } from '../support/grpc-proxy.ts';
import { type Gate, openGate } from './gate.ts';
import { judgeAll, readAll, untilAllEnded } from './read-all.ts';
import * as shapes from './shapes.ts';
import { clock, openWorkbench, until, type Workbench, type WorkbenchOptions } from './workbench.ts';

/** An API's request has an answer by then: what is tried again and again ends before it. */
const answerMsMost = 30_000;

describeCloud('accidents of a fleet', () => {
  let bench: Workbench;
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await bench?.close();
    for (const close of closing.splice(0)) await close();
  });

  async function openBehindGate(of: 'firestore' | 'pubsub', options: WorkbenchOptions = {}): Promise<Gate> {
    const gate = await openGate(of === 'firestore' ? firestoreHost() : pubsubHost());
    closing.push(gate.close);
    bench = await openWorkbench({ hosts: { [of]: gate.host }, ...options });
    return gate;
  }

  async function openBehindProxy(fateOf: (method: string, nth: number) => Fate, options: WorkbenchOptions = {}) {
    const proxy = await openGrpcProxy(firestoreHost(), fateOf);
    closing.push(proxy.close);
    bench = await openWorkbench({ hosts: { firestore: proxy.host }, ...options });
  }

  const submit = (plans: readonly shapes.Plan[]) =>
    Promise.all(plans.map(({ spec }) => bench.api.submit(spec, String(spec['name']))));

  async function allEndedAs(plans: readonly shapes.Plan[], jobIds: readonly string[]): Promise<void> {
    await untilAllEnded(bench, 60_000);
    expect(await judgeAll(bench)).toEqual([]);
    const states = new Map((await readAll(bench)).map(({ job }) => [job.id, job.header.state]));
    expect(jobIds.map((jobId) => states.get(jobId))).toEqual(plans.map(({ ends }) => ends));
  }

  const hasBegun = (name: string) => until(`${name} begins`, () => bench.entries().length > 0, 20_000);

  test('Firestore is slow by 2 s: everything is late, and nothing is lost or made twice', async () => {
    await openBehindProxy(() => ({ kind: 'late', ms: 2_000 }), { env: { BREAKWATER_LEASE: '15s' }, tickMs: 5_000 });
    const plans = [shapes.chain('chain', 3, () => 20), shapes.fanOut(120, 10), shapes.failing()];
    await allEndedAs(plans, await submit(plans));
    const twice = bench.entries().filter(({ attempt }) => attempt > 1);
    expect(twice).toEqual([]);
  }, 90_000);

  test('Firestore goes away and comes back: a submit is refused with a code in time, and what was begun ends', async () => {
    const gate = await openBehindGate('firestore');
    const plans = [shapes.chain('chain', 12, () => 300), shapes.fanOut(150, 200), shapes.retries()];
    const jobIds = await submit(plans);
    await hasBegun('the first node');
    gate.shut();
    const begun = clock.now();
    const refused = await bench.api.ask('', shapes.failing().spec, 'while it was away');
    expect(clock.now() - begun).toBeLessThan(answerMsMost);
    expect(refused).toMatchObject({ status: 503, body: { code: 'store_unavailable' } });
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    gate.open();
    const after = shapes.failing();
    const again = await bench.api.submit(after.spec, 'while it was away');
    await allEndedAs([...plans, after], [...jobIds, again]);
  }, 120_000);

  test('a push that comes while Firestore is away is asked for again', async () => {
    const gate = await openBehindGate('firestore', { tickMs: 0 });
    gate.shut();
    const text = { schema: 1, kind: 'nodes', jobId: 'somebody', nodes: [[0, 1]], priority: 5 };
    const body = JSON.stringify({ message: { data: btoa(JSON.stringify(text)), messageId: '1' }, subscription: 's' });
    const headers = { 'content-type': 'application/json' };
    const { status } = await fetch(bench.fleet.urlOf('execute-nodes'), { method: 'POST', headers, body });
    expect(status).toBe(503);
  }, 60_000);

  test('Pub/Sub goes away and comes back: what was accepted meanwhile ends, once', async () => {
    const gate = await openBehindGate('pubsub');
    const plans = [shapes.chain('chain', 6, () => 200), shapes.fanOut(150, 50), shapes.retries(), shapes.children()];
    const [first, ...others] = plans;
    const before = await submit([first!]);
    await hasBegun('the first node');
    gate.shut();
    const begun = clock.now();
    const meanwhile = await submit(others);
    expect(clock.now() - begun).toBeLessThan(answerMsMost);
    gate.open();
    await allEndedAs(plans, [...before, ...meanwhile]);
  }, 120_000);

  test('J6: a Firestore that answers one commit in five badly, or not at all, changes only the time', async () => {
    await openBehindProxy(badly(seededRandom(7)), { env: { BREAKWATER_LEASE: '5s' } });
    const plans = [
      ...Array.from({ length: 4 }, (_, at) => shapes.chain(`chain${at}`, 5, () => 50)),
      shapes.fanOut(250, 20),
      shapes.retries(),
      shapes.failing(),
      shapes.map(15),
      shapes.children(),
    ];
    await allEndedAs(plans, await submit(plans));
  }, 120_000);
});

/** ABORTED, RESOURCE_EXHAUSTED, UNAVAILABLE, and written with the answer lost. */
function badly(random: Random): (method: string) => Fate {
  const fates: readonly Fate[] = [
    { kind: 'answer', status: 10 },
    { kind: 'answer', status: 8 },
    { kind: 'answer', status: 14 },
    { kind: 'loseAnswer' },
  ];
  return (method) => {
    const chance = random.next();
    if (chance > (method === 'Commit' ? 0.2 : 0.05)) return { kind: 'pass' };
    return fates[Math.floor(random.next() * (method === 'Commit' ? 4 : 3))]!;
  };
}
