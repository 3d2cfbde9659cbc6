import { type Problem, problemBody, problems } from './problem.ts';

/** What a route says. A problem is an answer like any other. */
export type Reply = JsonReply | TextReply | StreamReply | Problem;

export interface JsonReply {
  readonly kind: 'json';
  readonly status: number;
  /** Sent as JSON; nothing is sent when it is absent. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** For who does not read JSON. */
export interface TextReply {
  readonly kind: 'text';
  readonly body: string;
  readonly mediaType: string;
}

export interface StreamReply {
  readonly kind: 'stream';
  readonly body: ReadableStream<Uint8Array>;
  /** Server-sent events unless said. */
  readonly mediaType?: 'text/event-stream' | 'application/x-ndjson';
}

const commonHeaders = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };

export function ok(body: unknown, headers: Readonly<Record<string, string>> = {}): JsonReply {
  return { kind: 'json', status: 200, body, headers };
}

export function toResponse(reply: Reply, instance: string): Response {
  switch (reply.kind) {
    case 'json':
      return reply.body === undefined
        ? new Response(null, { status: reply.status, headers: { ...reply.headers } })
        : json(reply.body, reply.status, 'application/json', reply.headers);
    case 'text':
      return new Response(reply.body, { headers: { ...commonHeaders, 'Content-Type': reply.mediaType } });
    case 'stream':
      return new Response(reply.body, { headers: streamHeaders(reply) });
    case 'problem':
      return json(problemBody(reply, instance), problems[reply.code].status, 'application/problem+json', reply.headers);
  }
}

/**
 * Lines are said to come in chunks before the server finds it out: it would read some of them before it sends the head, and make
 * another answer of a stream that breaks off meanwhile.
 */
function streamHeaders({ mediaType = 'text/event-stream' }: StreamReply): Readonly<Record<string, string>> {
  const common = { 'Content-Type': mediaType, 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' };
  return mediaType === 'text/event-stream' ? common : { ...common, 'Transfer-Encoding': 'chunked' };
}

function json(body: unknown, status: number, type: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...commonHeaders, 'Content-Type': type, ...headers },
  });
}
