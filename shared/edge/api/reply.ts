import { type Problem, problemBody, problems } from './problem.ts';

/** What a route says. A problem is an answer like any other. */
export type Reply = JsonReply | StreamReply | Problem;

export interface JsonReply {
  readonly kind: 'json';
  readonly status: number;
  /** Sent as JSON; nothing is sent when it is absent. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface StreamReply {
  readonly kind: 'stream';
  readonly body: ReadableStream<Uint8Array>;
}

export function ok(body: unknown, headers: Readonly<Record<string, string>> = {}): JsonReply {
  return { kind: 'json', status: 200, body, headers };
}

export function toResponse(reply: Reply, instance: string): Response {
  switch (reply.kind) {
    case 'json':
      return reply.body === undefined
        ? new Response(null, { status: reply.status, headers: { ...reply.headers } })
        : json(reply.body, reply.status, 'application/json', reply.headers);
    case 'stream':
      return new Response(reply.body, {
        headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' },
      });
    case 'problem':
      return json(problemBody(reply, instance), problems[reply.code].status, 'application/problem+json', reply.headers);
  }
}

function json(body: unknown, status: number, type: string, headers: Readonly<Record<string, string>> = {}): Response {
  const common = { 'Content-Type': type, 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };
  return new Response(JSON.stringify(body), { status, headers: { ...common, ...headers } });
}
