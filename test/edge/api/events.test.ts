import { describe, expect, test } from '@jest/globals';
import { CodedError } from '../../../shared/core/error.ts';
import { apiLimits } from '../../../shared/edge/api/limits.ts';
import { aPorch, claimed, order, type Porch, requestOf, succeeded } from './a-porch.ts';

const oneNode = { name: 'one', nodes: [order.nodes[0]] };

describe('event stream', () => {
  test('every line of the audit is an event, as it becomes durable, and `end` follows the last', async () => {
    const porch = aPorch();
    const jobId = await porch.submit(oneNode);
    const stream = await open(porch, jobId);
    expect(await stream.next()).toBe('retry: 1000');
    const first = await stream.next();
    expect(first).toMatch(/^id: 1\nevent: submitted\ndata: \{"seq":1,/);
    porch.happens(jobId, claimed(0), succeeded(0));
    const rest = await stream.rest();
    const { lines } = (await porch.ask('GET', `/api/v3/jobs/${jobId}/audit`)).body as {
      lines: { seq: number; event: string }[];
    };
    const expected = lines
      .slice(1)
      .map((line) => `id: ${line.seq}\nevent: ${line.event}\ndata: ${JSON.stringify(line)}`);
    expect(rest).toEqual([...expected, `id: end\nevent: end\ndata: {"jobId":"${jobId}","state":"completed"}`]);
  });

  test('Last-Event-ID takes up where the last stream broke off', async () => {
    const porch = aPorch();
    const jobId = await porch.submit(oneNode);
    porch.happens(jobId, claimed(0), succeeded(0));
    const whole = await (await open(porch, jobId)).rest();
    const resumed = await (await open(porch, jobId, { 'last-event-id': '2' })).rest();
    expect(resumed).toEqual([whole[0], ...whole.slice(3)]);
    const byQuery = await (await open(porch, `${jobId}`, {}, '?after=2')).rest();
    expect(byQuery).toEqual(resumed);
  });

  test('a client that has seen every line hears `end`, and one that has seen that is told to stay away', async () => {
    const porch = aPorch();
    const jobId = await porch.submit(oneNode);
    await porch.ask('POST', `/api/v3/jobs/${jobId}/cancel`);
    const job = await porch.ask('GET', `/api/v3/jobs/${jobId}`);
    const seen = await (await open(porch, jobId, { 'last-event-id': String(job.body['auditCount']) })).rest();
    expect(seen).toEqual(['retry: 1000', expect.stringContaining('event: end')]);
    const told = await porch.ask('GET', `/api/v3/jobs/${jobId}/events`, { headers: { 'last-event-id': 'end' } });
    expect(told.status).toBe(204);
  });

  test('a number that is none is refused', async () => {
    const porch = aPorch();
    const jobId = await porch.submit(oneNode);
    const told = await porch.ask('GET', `/api/v3/jobs/${jobId}/events`, { headers: { 'last-event-id': 'x' } });
    expect(told).toMatchObject({ status: 400, body: { errors: [{ path: 'header.last-event-id' }] } });
  });

  test('silence is broken by a comment', async () => {
    const porch = aPorch();
    const jobId = await porch.submit(oneNode);
    const stream = await open(porch, jobId, { 'last-event-id': '9' });
    await stream.next();
    const comment = stream.next();
    await turn();
    await porch.clock.advance(apiLimits.keepAliveMs);
    expect(await comment).toBe(': keep-alive');
    const event = stream.next();
    for (let count = 0; count < 5; count++) {
      await porch.ask('POST', `/api/v3/jobs/${jobId}/pause`);
      await porch.ask('POST', `/api/v3/jobs/${jobId}/resume`);
    }
    expect(await event).toMatch(/^id: 10\n/);
  });

  test('a client that leaves frees its place and its watcher', async () => {
    const porch = aPorch();
    const jobId = await porch.submit(oneNode);
    const stream = await open(porch, jobId);
    await stream.next();
    await stream.next();
    expect([porch.engine.watching, await openStreams(porch)]).toEqual([1, 1]);
    await stream.leave();
    await turn();
    expect([porch.engine.watching, await openStreams(porch)]).toEqual([0, 0]);
  });

  test('a client that leaves while it waits frees its place and its watcher', async () => {
    const porch = aPorch();
    const jobId = await porch.submit(oneNode);
    const left = new AbortController();
    const response = await porch.api.fetch(
      new Request(requestOf('GET', `/api/v3/jobs/${jobId}/events?after=9`), { signal: left.signal }),
    );
    const stream = reading(response);
    await stream.next();
    const waiting = stream.rest();
    await turn();
    expect(porch.engine.watching).toBe(1);
    left.abort();
    expect(await waiting).toEqual([]);
    await turn();
    expect([porch.engine.watching, await openStreams(porch)]).toEqual([0, 0]);
  });

  test('a reader that cancels while it waits frees its place and its watcher, once', async () => {
    const porch = aPorch();
    const jobId = await porch.submit(oneNode);
    const other = await open(porch, jobId, { 'last-event-id': '9' });
    const stream = await open(porch, jobId, { 'last-event-id': '9' });
    await stream.next();
    const waiting = stream.rest();
    await turn();
    expect(porch.engine.watching).toBe(1);
    await stream.leave();
    expect(await waiting).toEqual([]);
    await turn();
    expect([porch.engine.watching, await openStreams(porch)]).toEqual([0, 1]);
    await other.leave();
  });

  test('lines that end before the job does are no end of the job', async () => {
    const porch = aPorch();
    const jobId = await porch.submit(oneNode);
    porch.engine.watch = async function* () {};
    expect(await (await open(porch, jobId)).rest()).toEqual(['retry: 1000']);
  });

  test('a store that fails breaks the stream off without `end`, and it is reported', async () => {
    const porch = aPorch();
    const jobId = await porch.submit(oneNode);
    const stream = await open(porch, jobId, { 'last-event-id': '9' });
    await stream.next();
    const failure = new CodedError('store_unavailable', 'gone');
    const waiting = stream.rest();
    await turn();
    porch.engine.breaks(failure);
    porch.engine.happens(jobId, { kind: 'paused', by: 'ada' });
    expect(await waiting).toEqual([]);
    expect(porch.reported).toEqual([{ error: failure, context: `event stream of job ${jobId}` }]);
  });

  test('closing the porch ends the streams, and no other opens', async () => {
    const porch = aPorch();
    const jobId = await porch.submit(oneNode);
    const stream = await open(porch, jobId, { 'last-event-id': '9' });
    await stream.next();
    const rest = stream.rest();
    await turn();
    porch.api.close();
    expect(await rest).toEqual([]);
    expect(await porch.ask('GET', `/api/v3/jobs/${jobId}/events`)).toMatchObject({
      status: 503,
      body: { code: 'too_many_streams' },
    });
  });

  test('one stream more than are allowed is refused until one ends', async () => {
    const porch = aPorch();
    const jobId = await porch.submit(oneNode);
    const streams = [];
    for (let count = 0; count < apiLimits.streams; count++) streams.push(await open(porch, jobId));
    const told = await porch.ask('GET', `/api/v3/jobs/${jobId}/events`);
    expect(told).toMatchObject({ status: 503, body: { code: 'too_many_streams' } });
    await streams[0]!.leave();
    expect((await porch.api.fetch(requestOf('GET', `/api/v3/jobs/${jobId}/events`))).status).toBe(200);
  });

  test('HEAD opens no stream', async () => {
    const porch = aPorch();
    const jobId = await porch.submit(oneNode);
    const told = await porch.ask('HEAD', `/api/v3/jobs/${jobId}/events`);
    expect(told.headers.get('content-type')).toBe('text/event-stream');
    expect([porch.engine.watching, await openStreams(porch)]).toEqual([0, 0]);
  });
});

interface Reading {
  next(): Promise<string | undefined>;
  rest(): Promise<string[]>;
  leave(): Promise<void>;
}

async function open(porch: Porch, jobId: string, headers: Record<string, string> = {}, query = ''): Promise<Reading> {
  const response = await porch.api.fetch(requestOf('GET', `/api/v3/jobs/${jobId}/events${query}`, { headers }));
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  return reading(response);
}

function reading(response: Response): Reading {
  const reader = response.body!.getReader();
  const next = async () => {
    const { value, done } = await reader.read();
    return done ? undefined : new TextDecoder().decode(value).trimEnd();
  };
  return {
    next,
    async rest() {
      const all: string[] = [];
      for (let text = await next(); text !== undefined; text = await next()) all.push(text);
      return all;
    },
    leave: () => reader.cancel(),
  };
}

async function openStreams(porch: Porch): Promise<number> {
  const { body } = await porch.ask('GET', '/health');
  return (body as { engine: { openStreams: number } }).engine.openStreams;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
