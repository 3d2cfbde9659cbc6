import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import type { Clock } from '../../core/clock.ts';

/**
 * Stands between the emulator's push and a door. Google's Pub/Sub has thousands of pushes to a subscription under way at once, its
 * emulator two: one alarm that a door holds would keep the next from coming. So a push that is not answered soon is taken off the
 * emulator's hands, and whatever Pub/Sub would do for it is done here: it is delivered again until it is taken, or becomes a dead letter.
 */
export interface Relay {
  /** Where the emulator pushes to. */
  readonly url: string;
  /** Messages that have not been taken. */
  underWay(): number;
  close(): Promise<void>;
}

export interface RelayOptions {
  readonly clock: Clock;
  /** The door's address. */
  readonly to: string;
  /** Told after so many deliveries as the message's subscription allows. */
  giveUp(body: string, deliveries: number): Promise<void>;
  deliveriesMost(body: string): number;
}

/** A push that fails sooner is the emulator's own affair. */
const takeOverMs = 50;

/** As the subscriptions have it. */
const backoffMs = { first: 1_000, most: 10_000 };

export async function openRelay(options: RelayOptions): Promise<Relay> {
  const { clock, to } = options;
  const closing = new AbortController();
  let underWay = 0;

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(incoming);
    const delivered = deliver(to, body);
    const waiting = new AbortController();
    const tooLong = clock.sleep(takeOverMs, waiting.signal).then(() => undefined);
    const isTaken = await Promise.race([delivered, tooLong]);
    waiting.abort();
    response.writeHead(isTaken === false ? 503 : 204).end();
    if (isTaken === undefined && !(await delivered)) await deliverOn(body);
  }

  async function deliverOn(body: string): Promise<void> {
    const most = options.deliveriesMost(body);
    for (let deliveries = 1, waitMs = backoffMs.first; deliveries < most; deliveries++) {
      await clock.sleep(waitMs, closing.signal);
      if (closing.signal.aborted || (await deliver(to, body))) return;
      waitMs = Math.min(2 * waitMs, backoffMs.most);
    }
    await options.giveUp(body, most);
  }

  const server = createServer((incoming, response) => {
    underWay++;
    serve(incoming, response)
      .catch(() => response.destroy())
      .finally(() => underWay--);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    underWay: () => underWay,
    async close() {
      closing.abort();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Whether it was taken. However long that lasts: `fetch` would give up after five minutes. */
function deliver(to: string, body: string): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(to, { method: 'POST', agent: false, headers }, (answer) => {
      answer.resume();
      answer.on('close', () => resolve(answer.statusCode! < 300));
    });
    sent.on('error', () => resolve(false));
    sent.end(body);
  });
}
