import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../../shared/core/clock.ts';
import type { JsonObject } from '../../../shared/core/json.ts';
import { type Fate, type FaultShares, fateOf } from './fate.ts';

/** What a call asks for. */
export interface Work {
  readonly ms?: number;
  /** So many attempts fail, whatever chance would have. */
  readonly stumbles?: number;
  /** The same answer to every attempt: that the request is wrong. */
  readonly isDoomed?: boolean;
  /** The answer lists so many items. */
  readonly items?: number;
}

/** A call as the target saw it. What it has written down outlives every engine. */
export interface Call {
  readonly jobId: string;
  readonly nodeId: string;
  readonly attempt: number;
  readonly at: number;
  /** Where the caller told its process. */
  readonly pid: number;
  fate: Fate | 'doomed';
  /** What was answered, and when; absent while nothing was, or nobody was there any more to hear it. */
  said?: JsonObject;
  saidAt?: number;
}

/** What nodes call: it outlives the engines, goes wrong as its seed says, and remembers everything. */
export interface Target extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  readonly calls: readonly Call[];
  /** Callers that were not what they must be, a sentence each. */
  readonly strangers: readonly string[];
}

export interface TargetOptions {
  readonly clock: Clock;
  readonly seed: number;
  readonly shares: FaultShares;
}

export async function openTarget({ clock, seed, shares }: TargetOptions): Promise<Target> {
  const calls: Call[] = [];
  const strangers: string[] = [];

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { job, work, ...caller } = await readCall(request);
    if (caller.attempt < 1 || caller.jobId === '')
      strangers.push(`a call of ${job} names neither its node nor its attempt`);
    const fate = fateFor(work, `${job}/${caller.nodeId}`, caller.attempt);
    const call: Call = { ...caller, fate };
    calls.push(call);
    if (fate === 'hung') return;
    await clock.sleep(work.ms ?? 0);
    if (request.socket.destroyed) return;
    Object.assign(call, { said: answerTo(call, work, calls.length), saidAt: clock.now() });
    reply(response, call);
  }

  function fateFor({ isDoomed = false, stumbles = 0 }: Work, caller: string, attempt: number): Call['fate'] {
    if (isDoomed) return 'doomed';
    return attempt <= stumbles ? 'unavailable' : fateOf(seed, shares, caller, attempt);
  }

  async function readCall(request: IncomingMessage) {
    const at = clock.now();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { job, work } = JSON.parse(Buffer.concat(chunks).toString()) as { job: string; work: Work };
    const { 'idempotency-key': key = '', 'breakwater-attempt': attempt = '0', 'x-pid': pid = '0' } = request.headers;
    const [, jobId = '', nodeId = ''] = /^([^/]+)\/(.+)$/s.exec(String(key)) ?? [];
    return { job, work, jobId, nodeId, attempt: Number(attempt), at, pid: Number(pid) };
  }

  const server = createServer((request, response) => {
    // Who dies in the midst of asking has asked nothing.
    serve(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1', 4_096);
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}/work`,
    host,
    calls,
    strangers,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** The number of the call is in it: no two calls are given the same answer. */
function answerTo({ nodeId, attempt }: Call, { items = 0 }: Work, number: number): JsonObject {
  return { node: nodeId, attempt, call: number, items: Array.from({ length: items }, (_, at) => at) };
}

const statuses = { answered: 200, unavailable: 503, broken: 500, doomed: 422 } as const;

function reply(response: ServerResponse, { fate, said }: Call): void {
  if (fate === 'reset' || fate === 'hung') response.socket?.resetAndDestroy();
  else response.writeHead(statuses[fate], { 'content-type': 'application/json' }).end(JSON.stringify(said));
}
