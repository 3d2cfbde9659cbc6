import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { httpCaller } from '../../shared/adapters/http/http-caller.ts';
import type { Handler } from '../../shared/engine/engine.ts';
import { aFleet } from '../engine/a-fleet.ts';
import { anEngine } from '../support/an-engine.ts';

interface Call {
  readonly key: string | undefined;
  readonly body: unknown;
}

/** A desk with a door bell: a real server that answers as it is told. */
async function aDesk() {
  const calls: Call[] = [];
  const desk = { status: 200, calls, silent: false };
  const server = createServer(async (request, response) => {
    calls.push({ key: request.headers['idempotency-key'] as string, body: await json(request) });
    if (desk.silent) return;
    response.statusCode = desk.status;
    response.end('{}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  const close = () =>
    new Promise((done) => {
      server.close(done);
      server.closeAllConnections();
    });
  return Object.assign(desk, { url, close });
}

const refuse: Handler = () => {
  throw Object.assign(new Error('the bank said no'), { code: 'card_declined', retryable: false });
};

const order = (to: string) => ({
  name: 'order',
  nodes: [{ id: 'pay', type: 'function', handler: 'pay', recovery: [{ on: '*', do: 'escalate', to }] }],
});

/** Turns of the event loop until it is so: what is waited for comes over a socket, and no clock brings it about. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}

describe('who is to decide is told', () => {
  let desk: Awaited<ReturnType<typeof aDesk>>;
  let http: ReturnType<typeof httpCaller>;

  beforeEach(async () => {
    desk = await aDesk();
    const rule = { kind: 'network', address: '127.0.0.1', prefix: 32 } as const;
    http = httpCaller({ allow: [rule], clock: { now: () => 0 } });
  });
  afterEach(async () => {
    await http.close();
    await desk.close();
  });

  const anEscalated = async (to: string) => {
    const held = await anEngine({ http, register: (engine) => engine.registerHandler('pay', refuse) });
    const jobId = await held.submit(order(to));
    const told = async () =>
      (await held.engine.readAudit(jobId, 0, 100)).filter(({ event }) => event === 'escalationTold');
    return { ...held, jobId, told };
  };

  test('a URL is called, again until it has heard, and then no more', async () => {
    desk.status = 503;
    const { clock, jobId, told, reports } = await anEscalated(desk.url);
    await clock.advance(1);
    await until(() => reports.length > 0);
    expect(reports[0]).toContain(`telling of recovery ${jobId}.r1`);
    expect(reports[0]).toContain('has not heard of recovery');
    expect(await told()).toEqual([]);
    desk.status = 200;
    await clock.advance(29_000);
    expect(desk.calls).toHaveLength(1);
    await clock.advance(1_000);
    await until(async () => (await told()).length > 0);
    expect(await told()).toMatchObject([{ session: `${jobId}.r1`, because: desk.url }]);
    await clock.advance(2 * 3_600_000);
    expect(desk.calls.map(({ key }) => key)).toEqual([`${jobId}.r1/1`, `${jobId}.r1/1`]);
  });

  test('it is told what was found, what can be answered and how, and the answer given so ends the matter', async () => {
    const { engine, clock, jobId, told } = await anEscalated(desk.url);
    await clock.advance(1);
    await until(async () => (await told()).length > 0);
    expect(desk.calls[0]!.body).toMatchObject({
      recoveryId: `${jobId}.r1`,
      job: { id: jobId, name: 'order', state: 'paused' },
      finding: { kind: 'failed_node', node: 'pay', code: 'card_declined', message: 'the bank said no' },
      options: expect.arrayContaining(['retry', 'skip', 'abort', 'fail']),
      answer: { method: 'POST', path: `/api/v3/recoveries/${jobId}.r1/answer` },
      telling: 1,
    });
    expect(await engine.answerRecovery(`${jobId}.r1`, { action: 'skip' }, { by: 'ada' })).toMatchObject({
      kind: 'done',
    });
    expect((await engine.get(jobId))!.header.state).toBe('completed');
  });

  test('one who does not answer the call in ten seconds has not heard', async () => {
    desk.silent = true;
    const { clock, reports } = await anEscalated(desk.url);
    await clock.advance(1);
    await until(() => desk.calls.length === 1);
    await clock.advance(9_000);
    expect(reports).toEqual([]);
    await clock.advance(1_000);
    await until(() => reports.length > 0);
    expect(reports[0]).toContain('no answer within 10000 ms');
  });

  test('an address that no call may go to is reported, and told again as others are', async () => {
    const { clock, reports } = await anEscalated('http://127.0.0.2/hook');
    await clock.advance(1);
    await until(() => reports.length > 0);
    expect(reports[0]).toMatch(/has not heard of recovery .*(blocked|forbidden|allowed)/);
    await clock.advance(30_000);
    await until(() => reports.length > 1);
  });

  test('after a crash between the escalation and the call another engine calls', async () => {
    const { engine, another, clock, told } = await anEscalated(desk.url);
    await engine.stop(0);
    desk.calls.length = 0;
    await another();
    await clock.advance(10_000);
    await until(async () => (await told()).length > 0);
  });

  test('a topic is published to', async () => {
    const held = await anEngine({ register: (engine) => engine.registerHandler('pay', refuse) });
    const published: unknown[] = [];
    held.topics.subscribe('on-call', ({ message }) => void published.push(message));
    const jobId = await held.submit(order('topic:on-call'));
    await held.clock.advance(1);
    expect(published).toMatchObject([{ recoveryId: `${jobId}.r1`, finding: { kind: 'failed_node' } }]);
    await held.clock.advance(2 * 3_600_000);
    expect(published).toHaveLength(1);
  });

  test('an engine that is invoked tells before its request is answered', async () => {
    const fleet = aFleet({ http, handlers: { pay: refuse } });
    const [engine] = fleet.engines;
    const jobId = await fleet.submit(order(desk.url));
    await engine!.invocations.runNodes(fleet.published.splice(0), fleet.clock.now() + 60_000);
    await engine!.invocations.checkJobs([jobId]);
    expect(desk.calls).toHaveLength(1);
    const lines = await engine!.readAudit(jobId, 0, 100);
    expect(lines.map(({ event }) => event)).toContain('escalationTold');
  });
});
