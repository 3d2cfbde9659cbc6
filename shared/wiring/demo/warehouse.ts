import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { CodedError } from '../../core/error.ts';
import { parsePush } from '../../edge/push/parse-push.ts';
import { ask } from './job-client.ts';
import { warehouseTopic } from './settlement.ts';
import { countArticles } from './settlement-handlers.ts';

export interface Warehouse {
  /** Messages that it has dealt with. */
  messages(): number;
  close(): Promise<void>;
}

/** A service of the user's own: Pub/Sub pushes to it what the job publishes, and it calls the API back when it is done. */
export async function openWarehouse(project: string, pubsubHost: string, apiUrl: string): Promise<Warehouse> {
  let messages = 0;
  const server = createServer((request, response) => {
    deliver(request, apiUrl).then(
      () => {
        messages++;
        response.writeHead(204).end();
      },
      // Pub/Sub delivers it again.
      () => response.writeHead(503).end(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const pushEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const place = `http://${pubsubHost}/v1/projects/${project}`;
  const subscription = `${place}/subscriptions/warehouse`;
  await make(`${place}/topics/${warehouseTopic}`, {});
  await make(subscription, { topic: `projects/${project}/topics/${warehouseTopic}`, pushConfig: { pushEndpoint } });
  return {
    messages: () => messages,
    async close() {
      await fetch(subscription, { method: 'DELETE' }).catch(() => {});
      server.close();
      server.closeAllConnections();
    },
  };
}

async function deliver(request: IncomingMessage, apiUrl: string): Promise<void> {
  const push = parsePush({ body: await textOf(request), headers: request.headers });
  if (push.kind === 'unreadable') return;
  const { jobId, nodeId, attempt, input } = JSON.parse(push.text) as {
    jobId: string;
    nodeId: string;
    attempt: number;
    input: { files: string[] };
  };
  const result = { ...(await countArticles(input.files)) };
  await ask(`${apiUrl}/api/v3/jobs/${jobId}/nodes/${nodeId}/complete`, { attempt, result });
}

/** By the emulator's REST, as one would with `curl`. */
async function make(url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new CodedError('demo_broken', `Pub/Sub did not make ${url}: ${await answer.text()}`);
}
