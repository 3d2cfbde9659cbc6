import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import { type HttpCallerOptions, httpCaller } from '../../../shared/adapters/http/http-caller.ts';
import { parseAllowRules } from '../../../shared/policy/egress/index.ts';
import type { Attempt, HttpCall, Outcome } from '../../../shared/ports/index.ts';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Answering = (response: ServerResponse, seen: Seen) => void;

export interface Target {
  readonly url: string;
  readonly port: number;
  readonly seen: readonly Seen[];
  /** How many connections were made. */
  connections(): number;
}

const opened: (() => Promise<unknown>)[] = [];

/** For `afterEach`: what a test opened is closed even when the test fails. */
export async function closeAll(): Promise<void> {
  await Promise.all(opened.splice(0).map((close) => close()));
}

/** A real server on a free loopback port. */
export async function aTarget(answer: Answering): Promise<Target> {
  const seen: Seen[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push({
      method: request.method!,
      path: request.url!,
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    });
    answer(response, seen.at(-1)!);
  });
  server.on('connection', () => connections++);
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}`, port, seen, connections: () => connections };
}

/** Listens on a free loopback port until the test is over. */
export async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

export function anAttempt(signal: AbortSignal = new AbortController().signal): Attempt {
  return { jobId: 'j1', nodeId: 'pay', attempt: 2, idempotencyKey: 'j1-pay-2', signal, heartbeat() {} };
}

export function aCall(url: string, more: Partial<HttpCall> = {}): HttpCall {
  return { url, method: 'GET', headers: {}, redirects: 0, ...more };
}

export function aCaller(allow: string[], options: Partial<HttpCallerOptions> = {}): ReturnType<typeof httpCaller> {
  const parsed = parseAllowRules(allow);
  if (parsed.kind === 'refused') throw new Error(parsed.faults[0]!.message);
  const caller = httpCaller({ allow: parsed.rules, clock: { now: () => 0 }, ...options });
  opened.push(() => caller.close());
  return caller;
}

/** One call against a server of its own. */
export async function callOnce(
  answer: Answering,
  more: Partial<HttpCall> & { readonly path?: string } = {},
  options: Partial<HttpCallerOptions> = {},
): Promise<{ outcome: Outcome; seen: readonly Seen[] }> {
  const target = await aTarget(answer);
  const caller = aCaller([`127.0.0.1:${target.port}`], options);
  const { path = '/', ...call } = more;
  return { outcome: await caller.call(aCall(target.url + path, call), anAttempt()), seen: target.seen };
}

export function failureOf(outcome: Outcome) {
  if (outcome.kind !== 'failed') throw new Error(`expected a failure, got ${JSON.stringify(outcome)}`);
  return outcome.failure;
}
