import { expect, test } from '@jest/globals';
import { type Random, seededRandom } from '../../shared/core/random.ts';
import { describeCloud, firestoreHost, pubsubHost } from '../support/emulators.ts';
import { type Fate, openGrpcProxy } from '../support/grpc-proxy.ts';
import { openGate } from './gate.ts';
import { endLawfully, endsOf, submitAll } from './lawful-end.ts';
import * as shapes from './shapes.ts';
import { clock, openWorkbench, until, type Workbench } from './workbench.ts';

/** An API's request has an answer by then: what is tried again and again ends before it. */
const answerMsMost = 30_000;

/** They wait more than they work, so they do it together; each has a fleet and a project of its own. */
describeCloud('accidents of a fleet', () => {
  const hasBegun = ({ entries }: Workbench) => until('the first node begins', () => entries().length > 0, 20_000);

  test.concurrent('Firestore is slow by 2 s: everything is late, and nothing is lost or made twice', async () => {
    await using proxy = await openGrpcProxy(firestoreHost(), () => ({ kind: 'late', ms: 2_000 }));
    const hosts = { firestore: proxy.host };
    await using bench = await openWorkbench({ hosts, env: { BREAKWATER_LEASE: '15s' }, tickMs: 5_000 });
    const ends = await submitAll(bench, [shapes.chain('chain', 3, () => 20), shapes.fanOut(120, 10), shapes.failing()]);
    expect(endsOf(await endLawfully(bench, 60_000))).toEqual(ends);
    expect(bench.entries().filter(({ attempt }) => attempt > 1)).toEqual([]);
  }, 90_000);

  test.concurrent('Firestore goes away and comes back: a submit is refused with a code and a push asked for again, in time; what was begun ends', async () => {
    await using gate = await openGate(firestoreHost());
    await using bench = await openWorkbench({ hosts: { firestore: gate.host } });
    const ends = await submitAll(bench, [
      shapes.chain('chain', 12, () => 300),
      shapes.fanOut(150, 200),
      shapes.retries(),
    ]);
    await hasBegun(bench);
    gate.shut();
    const begun = clock.now();
    const [refused, pushed] = await Promise.all([
      bench.api.ask('', shapes.failing().spec, 'failing'),
      bench.pushNodes('somebody'),
    ]);
    expect(clock.now() - begun).toBeLessThan(answerMsMost);
    expect(refused).toMatchObject({ status: 503, body: { code: 'store_unavailable' } });
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(pushed).toBe(503);
    gate.open();
    const after = await submitAll(bench, [shapes.failing()]);
    expect(endsOf(await endLawfully(bench, 60_000))).toEqual(new Map([...ends, ...after]));
  }, 120_000);

  test.concurrent('Pub/Sub goes away and comes back: what was accepted meanwhile ends, once', async () => {
    await using gate = await openGate(pubsubHost());
    await using bench = await openWorkbench({ hosts: { pubsub: gate.host } });
    const before = await submitAll(bench, [shapes.chain('chain', 6, () => 200)]);
    await hasBegun(bench);
    gate.shut();
    const begun = clock.now();
    const meanwhile = await submitAll(bench, [shapes.fanOut(150, 50), shapes.retries(), shapes.children()]);
    expect(clock.now() - begun).toBeLessThan(answerMsMost);
    gate.open();
    expect(endsOf(await endLawfully(bench, 60_000))).toEqual(new Map([...before, ...meanwhile]));
  }, 120_000);

  test.concurrent('J6: a Firestore that answers one commit in five badly, or not at all, changes only the time', async () => {
    await using proxy = await openGrpcProxy(firestoreHost(), badly(seededRandom(7)));
    await using bench = await openWorkbench({ hosts: { firestore: proxy.host }, env: { BREAKWATER_LEASE: '5s' } });
    const ends = await submitAll(bench, [
      ...Array.from({ length: 4 }, (_, at) => shapes.chain(`chain${at}`, 5, () => 50)),
      shapes.fanOut(250, 20),
      shapes.retries(),
      shapes.failing(),
      shapes.map(15),
      shapes.children(),
    ]);
    expect(endsOf(await endLawfully(bench, 60_000))).toEqual(ends);
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
