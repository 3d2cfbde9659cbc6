import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { PushRequest } from '../../../shared/edge/push/parse-push.ts';

export interface PushServer {
  readonly url: string;
  close(): Promise<void>;
}

/** A door without a framework: what is pushed to it, path and all, is answered with a status. */
export async function aPushServer(
  answer: (request: PushRequest, path: string) => Promise<number>,
): Promise<PushServer> {
  const server = createServer(async (request, response) => {
    const body = await text(request);
    response.statusCode = await answer({ body, headers: request.headers }, request.url!);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
