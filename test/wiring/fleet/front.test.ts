import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Front, openFront } from '../../../shared/wiring/fleet/front.ts';
import { type HandClock, handClock } from '../../support/hand-clock.ts';
import { aDirectory } from '../a-process.ts';
import { until } from './turns.ts';

const requestTimeoutMs = 5_000;

describe('the front before the instances of a door', () => {
  let clock: HandClock;
  let front: Front;
  let dir: ReturnType<typeof aDirectory>;
  let instances: Server[];

  beforeEach(async () => {
    [clock, dir, instances] = [handClock(), aDirectory(), []];
    front = await openFront(clock, { concurrency: 1, requestTimeoutMs });
  });
  afterEach(async () => {
    await front.close();
    for (const each of instances) {
      each.close();
      each.closeAllConnections();
    }
    dir[Symbol.dispose]();
  });

  /** A real server at a path, which is what an instance is to the front. */
  async function anInstance(listener: RequestListener): Promise<Server & { readonly path: string }> {
    const path = join(dir.path, `instance-${instances.length}`);
    const server = createServer(listener).listen(path);
    instances.push(server);
    await once(server, 'listening');
    front.add(path);
    return Object.assign(server, { path });
  }

  test('hands a request on with all that it says, and its answer back', async () => {
    await anInstance(async (request, response) => {
      const { method, url, headers } = request;
      const body = await textOf(request);
      response.setHeader('x-said', JSON.stringify({ method, url, key: headers['idempotency-key'], body }));
      response.writeHead(201).end('done');
    });
    const headers = { 'idempotency-key': 'k' };
    const answer = await fetch(`${front.url}/api/v3/jobs?size=2`, { method: 'POST', headers, body: 'the body' });
    expect([answer.status, await answer.text()]).toEqual([201, 'done']);
    expect(JSON.parse(answer.headers.get('x-said')!)).toEqual({
      method: 'POST',
      url: '/api/v3/jobs?size=2',
      key: 'k',
      body: 'the body',
    });
    await until(() => front.underWay() === 0);
    expect(front.answered()).toBe(1);
  });

  test('hands on an answer piece by piece, as it comes', async () => {
    let end = () => {};
    await anInstance((_, response) => {
      response.write('first');
      end = () => void response.end('last');
    });
    const answer = await fetch(front.url);
    const reader = answer.body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('first');
    end();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('last');
  });

  test('has its instances take turns', async () => {
    for (const name of ['a', 'b']) await anInstance((_, response) => response.end(name));
    const said: string[] = [];
    for (let request = 0; request < 4; request++) said.push(await (await fetch(front.url)).text());
    expect(said.sort()).toEqual(['a', 'a', 'b', 'b']);
  });

  test('gives an instance no more than it takes at once: the rest waits', async () => {
    const answers: (() => void)[] = [];
    await anInstance((_, response) => void answers.push(() => response.end()));
    const [first, second] = [fetch(front.url), fetch(front.url)];
    await until(() => front.underWay() === 2 && answers.length === 1);
    answers[0]!();
    await until(() => answers.length === 2);
    answers[1]!();
    expect((await Promise.all([first, second])).map(({ status }) => status)).toEqual([200, 200]);
  });

  test('answers 503 where no instance is alive, and when to come again', async () => {
    const answer = await fetch(front.url);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(front.answered()).toBe(0);
  });

  test('answers 503 where an instance dies over the request', async () => {
    await anInstance((request) => request.socket.destroy());
    expect((await fetch(front.url)).status).toBe(503);
    expect(front.answered()).toBe(0);
  });

  test('breaks an answer off where the instance dies over it', async () => {
    await anInstance((request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => request.socket.destroy());
    });
    const answer = await fetch(front.url);
    await expect(answer.text()).rejects.toThrow();
    await until(() => front.underWay() === 0);
    expect(front.answered()).toBe(0);
  });

  test('answers 504 where an instance takes too long, and leaves it alone with its work', async () => {
    let isLeft = false;
    await anInstance((_, response) => response.on('close', () => (isLeft = true)));
    const asking = fetch(front.url);
    await until(() => clock.sleepers === 1);
    await clock.advance(requestTimeoutMs);
    expect((await asking).status).toBe(504);
    await until(() => isLeft);
  });

  test('answers 504 as well to those who still wait when their time is over', async () => {
    const wakes: (() => void)[] = [];
    const sleep = (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        wakes.push(resolve);
        signal?.addEventListener('abort', () => resolve());
      });
    await front.close();
    front = await openFront({ now: () => 0, sleep }, { concurrency: 1, requestTimeoutMs });
    let asked = 0;
    await anInstance(() => asked++);
    const all = Array.from({ length: 4 }, () => fetch(front.url));
    await until(() => wakes.length === 4 && asked === 1);
    for (const wake of wakes) wake();
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual([504, 504, 504, 504]);
    expect(asked).toBe(1);
  });

  test('tells the instance when whoever asked has gone, and has its place free for the next', async () => {
    let isLeft = false;
    await anInstance((request, response) => {
      if (request.url === '/next') response.end('served');
      else response.on('close', () => (isLeft = true));
    });
    const gone = new AbortController();
    const asking = fetch(front.url, { signal: gone.signal });
    await until(() => front.underWay() === 1 && clock.sleepers === 1);
    const next = fetch(`${front.url}/next`);
    await until(() => front.underWay() === 2);
    gone.abort();
    await expect(asking).rejects.toThrow();
    expect(await (await next).text()).toBe('served');
    await until(() => isLeft && clock.sleepers === 0);
  });

  test('gives nothing more to an instance that was taken out', async () => {
    const { path } = await anInstance((_, response) => response.end('a'));
    await anInstance((_, response) => response.end('b'));
    front.remove(path);
    const said = await Promise.all(Array.from({ length: 3 }, async () => (await fetch(front.url)).text()));
    expect(said).toEqual(['b', 'b', 'b']);
  });
});
