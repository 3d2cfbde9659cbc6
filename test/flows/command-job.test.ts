import { describe, expect, test } from '@jest/globals';
import type { AuditLine } from '../../shared/jobs/index.ts';
import { anEngine, specOf } from '../support/an-engine.ts';

const approval = { name: 'approval', nodes: [{ id: 'approve', type: 'signal', signal: 'go' }] };
const two = (handler: string) => ({
  name: 'two',
  nodes: [
    { id: 'a', type: 'function', handler },
    { id: 'b', type: 'function', handler, dependsOn: ['a'] },
  ],
});

describe('people and the outside act on a job', () => {
  test('a signal that comes early is kept for the node that will wait, and the same id acts once', async () => {
    const { engine, clock, submit } = await anEngine();
    const nodes = [
      { id: 'nap', type: 'delay', delay: '1s' },
      { id: 'first', type: 'signal', signal: 'go', dependsOn: ['nap'] },
      { id: 'second', type: 'signal', signal: 'go', dependsOn: ['nap'] },
    ];
    const jobId = await submit({ name: 'early', nodes });
    expect(await engine.signal(jobId, { id: 's1', name: 'go', data: 1, by: 'x' })).toMatchObject({ kind: 'done' });
    expect(await engine.signal(jobId, { id: 's1', name: 'go', data: 1, by: 'x' })).toMatchObject({ kind: 'repeated' });
    await clock.advance(1_000);
    const waiting = (await engine.get(jobId))!;
    expect(waiting.pages[0]!.nodes.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'waiting']);
    await engine.signal(jobId, { id: 's2', name: 'go', data: 2, by: 'x' });
    expect((await engine.get(jobId))!.header.state).toBe('completed');
  });

  test('a paused job starts nothing new and goes on where it was when it is resumed', async () => {
    let runs = 0;
    const { engine, clock, submit, states } = await anEngine({
      register: (each) =>
        each.registerHandler('work', async () => {
          runs++;
          await clock.sleep(100);
        }),
    });
    const jobId = await submit(two('work'));
    expect(await engine.pause(jobId, { by: 'operator' })).toMatchObject({ kind: 'done' });
    expect(await engine.pause(jobId, { by: 'operator' })).toMatchObject({ kind: 'refused', because: 'jobIsPaused' });
    await clock.advance(60_000);
    expect(await states(jobId)).toEqual({ a: 'succeeded', b: 'ready' });
    expect((await engine.get(jobId))!.header.state).toBe('paused');
    expect(runs).toBe(1);
    await engine.resume(jobId, { by: 'operator' });
    await clock.advance(200);
    expect((await engine.get(jobId))!.header.state).toBe('completed');
  });

  test('cancel bites at once: the call is told to stop and what it says later changes nothing', async () => {
    let told = false;
    const { engine, clock, submit, states } = await anEngine({
      register: (each) =>
        each.registerHandler('stubborn', async (_, { signal }) => {
          signal.addEventListener('abort', () => {
            told = true;
          });
          await clock.sleep(1_000);
          return 'too late';
        }),
    });
    const jobId = await submit(two('stubborn'));
    const answer = await engine.cancel(jobId, { by: 'operator', reason: 'wrong file' });
    expect(answer).toMatchObject({ kind: 'done', job: { header: { state: 'aborted' } } });
    expect(told).toBe(true);
    const before = await engine.get(jobId);
    await clock.advance(5_000);
    expect(await engine.get(jobId)).toEqual(before);
    expect(await states(jobId)).toEqual({ a: 'cancelled', b: 'cancelled' });
    expect(await engine.cancel(jobId, { by: 'operator' })).toMatchObject({ kind: 'repeated' });
    expect(await engine.pause(jobId, { by: 'operator' })).toMatchObject({ kind: 'refused', because: 'jobIsFinal' });
  });

  test("J9: an operator's request under a key acts once, whichever engine hears it again and whatever came between", async () => {
    const { engine, clock, store, submit, another } = await anEngine();
    const jobId = await submit(approval);
    const asked = { by: 'ada', request: 'look-1' };
    expect(await engine.pause(jobId, asked)).toMatchObject({ kind: 'done' });
    await engine.resume(jobId, { by: 'bob' });
    await engine.stop(0);
    const next = await another();
    expect(await next.pause(jobId, asked)).toMatchObject({ kind: 'repeated', job: { header: { state: 'waiting' } } });
    expect(await next.cancel(jobId, asked)).toMatchObject({ kind: 'refused', because: 'requestKeyReused' });
    await clock.advance(1_000);
    const lines = await store.readAudit(jobId, 0, 100);
    expect(lines.filter(({ request }) => request === 'look-1').map(({ event }) => event)).toEqual(['paused']);
  });

  test('J9: a cancel under a key is known again once the job has ended by it', async () => {
    const { engine, submit } = await anEngine();
    const jobId = await submit(approval);
    const asked = { by: 'ada', reason: 'a mistake', request: 'stop-1' };
    expect(await engine.cancel(jobId, asked)).toMatchObject({ kind: 'done' });
    expect(await engine.cancel(jobId, asked)).toMatchObject({ kind: 'repeated' });
    const other = { ...asked, reason: 'no mistake' };
    expect(await engine.cancel(jobId, other)).toMatchObject({ kind: 'refused', because: 'requestKeyReused' });
  });

  test('whoever waits for the end of a job that there is not hears so, with its id', async () => {
    const { engine } = await anEngine();
    const unknown = { name: 'OrchestrationError', code: 'job_not_found', jobId: 'nobody' };
    await expect(engine.whenEnded('nobody')).rejects.toMatchObject(unknown);
  });

  test('the trace of a submission stands in its first audit line', async () => {
    const { engine, clock, store } = await anEngine();
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const { jobId } = (await engine.submit(specOf(approval, clock.now()), { trace })) as { jobId: string };
    expect((await store.readAudit(jobId, 0, 1))[0]).toMatchObject({ event: 'submitted', trace });
  });

  test('J9: the same idempotency key gives the same job, and is refused with another body', async () => {
    const { engine, clock } = await anEngine();
    const spec = specOf(approval, clock.now());
    const first = await engine.submit(spec, { idempotencyKey: 'k' });
    expect(await engine.submit(spec, { idempotencyKey: 'k' })).toEqual({
      kind: 'existing',
      jobId: (first as { jobId: string }).jobId,
    });
    const other = await engine.submit({ ...spec, name: 'other' }, { idempotencyKey: 'k' });
    expect(other).toEqual({ kind: 'keyReused', jobId: (first as { jobId: string }).jobId });
  });

  test('J9: a submit that is repeated after its deadline gives the job of the first', async () => {
    const { engine, clock } = await anEngine();
    const spec = specOf({ ...approval, deadline: clock.now() + 1_000 }, clock.now());
    const first = await engine.submit(spec, { idempotencyKey: 'k' });
    await clock.advance(2_000);
    expect(await engine.submit(spec, { idempotencyKey: 'k' })).toEqual({ ...first, kind: 'existing' });
    expect(await engine.submit(spec, { idempotencyKey: 'other' })).toMatchObject({ kind: 'refused' });
  });

  test('a handler that nobody registered is refused at submit with its path', async () => {
    const { engine, clock } = await anEngine();
    const refused = await engine.submit(specOf(two('nobody'), clock.now()));
    expect(refused).toMatchObject({
      kind: 'refused',
      faults: [{ path: 'nodes[0].handler' }, { path: 'nodes[1].handler' }],
    });
    expect((await engine.list({ size: 10 })).jobs).toEqual([]);
  });

  test('a job past its deadline fails and says so', async () => {
    const { engine, clock, submit } = await anEngine();
    const jobId = await submit({ ...approval, timeout: '10s' });
    await clock.advance(10_000);
    expect((await engine.get(jobId))!.header).toMatchObject({
      state: 'failed',
      failure: { code: 'deadline_exceeded' },
    });
  });

  test('watching gives every audit line once, in order, and ends with the job', async () => {
    const { engine, clock, submit } = await anEngine();
    const jobId = await submit(approval);
    const seen: AuditLine[] = [];
    const watching = (async () => {
      for await (const line of engine.watch(jobId, 0, new AbortController().signal)) seen.push(line);
    })();
    await clock.advance(10);
    await engine.signal(jobId, { name: 'go', data: null, by: 'x' });
    await watching;
    expect(seen).toEqual(await engine.readAudit(jobId, 0, 100));
    expect(seen.at(-1)).toMatchObject({ event: 'ended', job: 'completed' });
  });
});
