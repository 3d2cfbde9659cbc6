import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import { createSeats } from './seats.ts';

/**
 * What stands before the instances of a door, as in Cloud Run: one address, whose requests go to the instances in turn. It answers
 * 503 where none is alive or one dies over its request, and 504 where one takes too long. Bodies flow both ways as they come.
 */
export interface Front {
  readonly url: string;
  /** An instance that listens at this path takes requests from now on. */
  add(socket: string): void;
  remove(socket: string): void;
  /** Answered by an instance, with whatever status. */
  answered(): number;
  /** At this moment. */
  underWay(): number;
  close(): Promise<void>;
}

export interface FrontOptions {
  /** Requests that an instance is given at once; more wait. */
  readonly concurrency: number;
  readonly requestTimeoutMs: number;
}

/** Longer than a client keeps a connection that it does not use, so that none is closed which is just about to be used. */
const keepAliveMs = 600_000;

export async function openFront(clock: Clock, { concurrency, requestTimeoutMs }: FrontOptions): Promise<Front> {
  const seats = createSeats<string>(concurrency);
  const count = { answered: 0, underWay: 0 };

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    count.underWay++;
    const over = new AbortController();
    response.on('close', () => over.abort());
    void clock.sleep(requestTimeoutMs, over.signal).then(() => {
      if (!over.signal.aborted) refuse(response, 504);
      over.abort();
    });
    const seat = await seats.take(over.signal);
    // What is over has been answered, or nobody waits for it any more.
    if (!over.signal.aborted) {
      if (!seat) refuse(response, 503);
      else if (await forward(incoming, response, seat.instance, over.signal)) count.answered++;
    }
    seat?.leave();
    count.underWay--;
  }

  const server = createServer((incoming, response) => void serve(incoming, response));
  server.requestTimeout = 0;
  server.keepAliveTimeout = keepAliveMs;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: seats.add,
    remove: seats.remove,
    answered: () => count.answered,
    underWay: () => count.underWay,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/**
 * Resolves when the answer is over, with whether an instance gave it. A connection to an instance is for one request, and it is ours to close: where
 * the instance closes it behind a quick answer, our last write finds the socket broken and the answer is lost.
 */
function forward(incoming: IncomingMessage, response: ServerResponse, socketPath: string, over: AbortSignal) {
  return new Promise<boolean>((resolve) => {
    const { method, url } = incoming;
    const headers = [...endToEnd(incoming.rawHeaders), 'connection', 'keep-alive'];
    const upstream = request({ socketPath, agent: false, method: method!, path: url!, headers, signal: over });
    const fail = () => {
      if (!over.aborted) refuse(response, 503);
      resolve(false);
    };
    upstream.on('error', fail);
    upstream.on('response', (answer) => {
      response.writeHead(answer.statusCode!, endToEnd(answer.rawHeaders));
      response.flushHeaders();
      answer.pipe(response);
      answer.on('error', fail);
      answer.on('close', () => resolve(answer.complete));
    });
    incoming.on('error', () => upstream.destroy());
    incoming.pipe(upstream);
  });
}

/** An answer that has begun can only be broken off. */
function refuse(response: ServerResponse, status: 503 | 504): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { 'retry-after': '1' }).end();
}

/** Those about the connection itself are for one hop. */
const hop = new Set(['connection', 'keep-alive', 'proxy-connection', 'upgrade']);

function endToEnd(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < raw.length; at += 2) if (!hop.has(raw[at]!.toLowerCase())) kept.push(raw[at]!, raw[at + 1]!);
  return kept;
}
