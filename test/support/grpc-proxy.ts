import {
  type ClientHttp2Session,
  connect,
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';

/** What becomes of one call. */
export type Fate =
  | { readonly kind: 'pass' }
  /** Handed on only after this time, even when the caller has given up. */
  | { readonly kind: 'late'; readonly ms: number }
  /** Answered with this gRPC status and not handed on. */
  | { readonly kind: 'answer'; readonly status: number; readonly message?: string }
  /** Handed on, and the connection breaks before its answer is told. */
  | { readonly kind: 'loseAnswer' }
  /** Neither handed on nor answered. */
  | { readonly kind: 'silence' };

export interface GrpcProxy extends AsyncDisposable {
  readonly host: string;
  /** The calls that came, by the last part of their method. */
  readonly calls: readonly string[];
  close(): Promise<void>;
}

/** Stands between a gRPC client and its server and decides about every call; `nth` counts from 1 within its method. */
export async function openGrpcProxy(target: string, fateOf: (method: string, nth: number) => Fate): Promise<GrpcProxy> {
  const calls: string[] = [];
  const upstream = connect(`http://${target}`);
  upstream.on('error', () => {});
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => {});
  });
  server.on('stream', (stream, headers) => {
    const method = String(headers[':path']).split('/').at(-1)!;
    calls.push(method);
    const fate = fateOf(method, calls.filter((each) => each === method).length);
    const body: Buffer[] = [];
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => void body.push(chunk));
    stream.on('end', () =>
      meet(fate, stream, () => handOn(upstream, stream, headers, body, fate.kind === 'loseAnswer')),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    for (const session of sessions) session.destroy();
    upstream.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function meet(fate: Fate, stream: ServerHttp2Stream, pass: () => void): void {
  // Whoever called may have gone by now.
  if (stream.destroyed) return;
  switch (fate.kind) {
    case 'pass':
    case 'loseAnswer':
      return pass();
    case 'late':
      return void setTimeout(pass, fate.ms).unref();
    case 'answer': {
      const trailers = { 'grpc-status': String(fate.status), 'grpc-message': encodeURIComponent(fate.message ?? '') };
      return stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...trailers }, { endStream: true });
    }
    case 'silence':
      return;
  }
}

function handOn(
  upstream: ClientHttp2Session,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  body: readonly Buffer[],
  isLost: boolean,
): void {
  const call = upstream.request(headers);
  let trailers: IncomingHttpHeaders = {};
  call.on('error', () => stream.destroy());
  call.on('trailers', (told) => {
    trailers = told;
  });
  call.on('response', (told, flags) => {
    if (isLost) return stream.session?.destroy();
    if (stream.destroyed) return;
    const isAll = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    stream.respond(told, isAll ? { endStream: true } : { waitForTrailers: true });
    if (isAll) return;
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    call.pipe(stream);
  });
  call.end(Buffer.concat(body));
}
