import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createMachineClock } from '../../../shared/adapters/machine/clock.ts';
import { type Api, createApi } from '../../../shared/edge/api/create-api.ts';
import { type ApiServer, serveApi } from '../../../shared/edge/api/serve-api.ts';
import { aPorch, order } from './a-porch.ts';

const clock = createMachineClock();
const servers: ApiServer[] = [];

async function serve(api: Api, port = 0): Promise<ApiServer> {
  const server = await serveApi(api, { host: '127.0.0.1', port, clock });
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close(0);
});

describe('serveApi', () => {
  test('answers over a socket', async () => {
    const { url, port } = await serve(aPorch().api);
    expect(url).toBe(`http://127.0.0.1:${port}`);
    const submitted = await fetch(`${url}/api/v3/jobs`, {
      method: 'POST',
      body: JSON.stringify(order),
      headers: { 'content-type': 'application/json' },
    });
    expect([submitted.status, await submitted.json()]).toEqual([201, { jobId: 'job-1', href: '/api/v3/jobs/job-1' }]);
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok' });
  });

  test('a port that is taken is told in a sentence', async () => {
    const { port } = await serve(aPorch().api);
    await expect(serve(aPorch().api, port)).rejects.toMatchObject({
      code: 'port_in_use',
      message: expect.stringContaining(`port ${port} on 127.0.0.1 is taken`),
    });
  });

  test('a host that is none of this machine is told in a sentence', async () => {
    const serving = serveApi(aPorch().api, { host: '192.0.2.1', port: 0, clock });
    await expect(serving).rejects.toMatchObject({
      code: 'host_unknown',
      message: '192.0.2.1 is no address of this machine',
    });
  });

  test('a large body is refused with an answer and not with a broken connection', async () => {
    const { url } = await serve(aPorch().api);
    const told = await fetch(`${url}/api/v3/jobs`, {
      method: 'POST',
      body: new Uint8Array(9 * 1024 * 1024).fill(0x20),
      headers: { 'content-type': 'application/json' },
    });
    expect([told.status, ((await told.json()) as { code: string }).code]).toEqual([413, 'body_too_large']);
  });

  test('a large body of no stated length is refused, too', async () => {
    const { url } = await serve(aPorch().api);
    let left = 40;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (left-- > 0) controller.enqueue(new Uint8Array(256 * 1024).fill(0x20));
        else controller.close();
      },
    });
    const headers = { 'content-type': 'application/json' };
    const told = await fetch(`${url}/api/v3/jobs`, { method: 'POST', body, duplex: 'half', headers } as RequestInit);
    expect(told.status).toBe(413);
  });

  test('a client that hangs up ends its stream', async () => {
    const porch = aPorch();
    const jobId = await porch.submit(order);
    const { port } = await serve(porch.api);
    const socket = connect(port, '127.0.0.1');
    const heard = new Promise((resolve) => socket.once('data', resolve));
    socket.write(`GET /api/v3/jobs/${jobId}/events?after=9 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    await heard;
    await until(() => porch.engine.watching === 1);
    socket.destroy();
    await until(() => porch.engine.watching === 0);
  });

  test('closing lets a request under way end, and ends streams and silent connections', async () => {
    const porch = aPorch();
    const jobId = await porch.submit(order);
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    const engine = {
      ...porch.engine,
      pause: (...args: Parameters<typeof porch.engine.pause>) => held.then(() => porch.engine.pause(...args)),
    };
    const api = createApi({
      engine,
      policies: porch.policies,
      guards: porch.guards.desk,
      clock: porch.clock,
      random: { next: () => 0.5 },
      version: '0.1.0',
      report: () => {},
    });
    const server = await serve(api);
    const stream = await fetch(`${server.url}/api/v3/jobs/${jobId}/events?after=9`);
    const slow = fetch(`${server.url}/api/v3/jobs/${jobId}/pause`, { method: 'POST' });
    await until(async () => ((await (await fetch(`${server.url}/health`)).json()) as Health).engine.openStreams === 1);
    const closing = server.close(5_000);
    expect(await stream.text()).toBe('retry: 1000\n\n');
    letGo();
    expect((await slow).status).toBe(200);
    const before = performance.now();
    await closing;
    expect(performance.now() - before).toBeLessThan(2_000);
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();
  });

  test('closing cuts what does not end within its grace', async () => {
    const porch = aPorch();
    const jobId = await porch.submit(order);
    const engine = { ...porch.engine, pause: () => new Promise<never>(() => {}) };
    const api = createApi({
      engine,
      policies: porch.policies,
      guards: porch.guards.desk,
      clock: porch.clock,
      random: { next: () => 0.5 },
      version: '0.1.0',
      report: () => {},
    });
    const server = await serve(api);
    const stuck = fetch(`${server.url}/api/v3/jobs/${jobId}/pause`, { method: 'POST' });
    const cut = expect(stuck).rejects.toThrow();
    await until(async () => (await fetch(`${server.url}/health`)).ok);
    await server.close(10);
    await cut;
  });
});

interface Health {
  readonly engine: { readonly openStreams: number };
}

async function until(truth: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await truth()) return;
    await clock.sleep(2);
  }
  throw new Error('it did not come to pass');
}
