import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import type { Clock } from '../../core/clock.ts';
import type { Delivery } from './give-up.ts';

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
  /** How the message is delivered from the second time on; undefined for one that is not worth it. */
  deliveryOf(body: string): Delivery | undefined;
  /** Told after the last of as many deliveries as there may be. */
  giveUp(body: string, deliveries: number): Promise<void>;
}

/** A push that fails sooner is the emulator's own affair. */
const takeOverMs = 50;

export async function openRelay(options: RelayOptions): Promise<Relay> {
  const { clock, to } = options;
  const closing = new AbortController();
  let underWay = 0;

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(incoming);
    const begun = clock.now();
    const delivered = deliver(to, body);
    const waiting = new AbortController();
    const tooLong = clock.sleep(takeOverMs, waiting.signal).then(() => undefined);
    const isTaken = await Promise.race([delivered, tooLong]);
    waiting.abort();
    response.writeHead(isTaken === false ? 503 : 204).end();
    if (isTaken === undefined && !(await delivered)) await deliverOn(body, begun);
  }

  async function deliverOn(body: string, begun: number): Promise<void> {
    const plan = options.deliveryOf(body);
    if (!plan) return;
    for (let deliveries = 1, waitMs = plan.firstBackoffMs; deliveries < plan.deliveriesMost; deliveries++) {
      await clock.sleep(waitMs, closing.signal);
      if (closing.signal.aborted || clock.now() - begun > plan.retentionMs || (await deliver(to, body))) return;
      waitMs = Math.min(2 * waitMs, plan.mostBackoffMs);
    }
    if (!closing.signal.aborted) await options.giveUp(body, plan.deliveriesMost);
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
