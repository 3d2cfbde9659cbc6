import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Clock } from '../../core/clock.ts';
import { CodedError, codeOf, messageOf } from '../../core/error.ts';
import type { Api } from './create-api.ts';

export interface ServeOptions {
  readonly host: string;
  /** 0 lets the machine choose. */
  readonly port: number;
  readonly clock: Clock;
}

export interface ApiServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Takes no more connections, ends the event streams, lets requests under way end within `graceMs` and cuts the rest. */
  close(graceMs: number): Promise<void>;
}

/** Listens once resolved. Rejects with `port_in_use`, `port_forbidden`, `host_unknown` or `listen_failed`, each with a sentence. */
export async function serveApi(api: Api, { host, port, clock }: ServeOptions): Promise<ApiServer> {
  const server = createAdaptorServer({
    fetch: (request) => api.fetch(request),
    overrideGlobalObjects: false,
  }) as Server;
  freeIdleConnections(server);
  await listen(server, host, port);
  const bound = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    host,
    port: bound.port,
    url: `http://${name}:${bound.port}`,
    close: (graceMs) => closeServer(server, api, clock, graceMs),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: Error) => reject(listenFailure(error, host, port));
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}

async function closeServer(server: Server, api: Api, clock: Clock, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  api.close();
  const inTime = new AbortController();
  await Promise.race([closed.then(() => inTime.abort()), clock.sleep(graceMs, inTime.signal)]);
  server.closeAllConnections();
  await closed;
}

/** Node closes the connections that are idle when a server closes, but not those that become idle later: their keep-alive would hold it. */
function freeIdleConnections(server: Server): void {
  server.on('request', (_, response) => {
    response.once('close', () => {
      if (!server.listening) setImmediate(() => server.closeIdleConnections());
    });
  });
}

function listenFailure(error: Error, host: string, port: number): CodedError {
  const where = `port ${port} on ${host}`;
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new CodedError(
        'port_in_use',
        `${where} is taken by another program; give another port or end that program`,
        { cause: error },
      );
    case 'EACCES':
      return new CodedError('port_forbidden', `${where} may not be opened by this user; ports from 1024 on may`, {
        cause: error,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new CodedError('host_unknown', `${host} is no address of this machine`, { cause: error });
    default:
      return new CodedError('listen_failed', `${where} cannot be opened: ${messageOf(error)}`, { cause: error });
  }
}
