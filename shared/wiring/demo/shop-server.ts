import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import type { Clock } from '../../core/clock.ts';
import { seededRandom } from '../../core/random.ts';
import { currencies, makeOrders, type Order } from './orders.ts';

/** The world that the demo's job works on: a shop with orders, and a bank that is slow and at times too busy to answer. */
export interface ShopServer {
  readonly url: string;
  readonly host: string;
  /** Payouts that the bank has made: one a key, however often it was asked. */
  payouts(): number;
  close(): Promise<void>;
}

const ordersPerRegion = 480;
const pageSize = 60;
/** Authorisations that the bank turns away before it has time. */
const busyAnswers = 2;

export async function openShop(clock: Clock, seed: number): Promise<ShopServer> {
  const random = seededRandom(seed);
  const orders = new Map(
    Object.keys(currencies).map((region) => [region, makeOrders(region, ordersPerRegion, random)]),
  );
  const paid = new Map<string, string>();
  const turnedAway = new Set<string>();
  let busy = busyAnswers;
  const latency = (least: number, more: number) => clock.sleep(least + more * random.next());

  const answers: Readonly<Record<string, (url: URL, request: IncomingMessage) => Promise<Answer>>> = {
    async orders(url) {
      await latency(60, 80);
      return { status: 200, body: pageOf(orders.get(url.searchParams.get('region') ?? '') ?? [], url) };
    },
    async rates() {
      await latency(150, 100);
      return { status: 200, body: { EUR: 1, SEK: 0.089, USD: 0.93, BRL: 0.17, AED: 0.25, INR: 0.011, JPY: 0.0061 } };
    },
    async authorisations(_, request) {
      await latency(60, 40);
      if (busy-- > 0) return { status: 503, body: { reason: 'too many authorisations at this hour' } };
      const { cents } = JSON.parse(await textOf(request)) as { cents: number };
      return { status: 200, body: { id: `auth-${cents}`, cents } };
    },
    async payouts(_, request) {
      await latency(50, 70);
      const key = String(request.headers['idempotency-key']);
      const { merchant, cents } = JSON.parse(await textOf(request)) as { merchant: string; cents: number };
      if (merchant.endsWith('7') && !turnedAway.has(key)) {
        turnedAway.add(key);
        return { status: 503, body: { reason: 'try again' } };
      }
      const payout = paid.get(key) ?? `payout-${paid.size + 1}`;
      paid.set(key, payout);
      return { status: 200, body: { payout, merchant, cents } };
    },
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const answer = answers[url.pathname.slice(1)];
    if (answer) void answer(url, request).then((said) => send(response, said));
    else send(response, { status: 404, body: null });
  });
  const host = await listen(server);
  return {
    host,
    url: `http://${host}`,
    payouts: () => paid.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function pageOf(all: readonly Order[], url: URL): unknown {
  const first = Number(url.searchParams.get('page') ?? 0) * pageSize;
  return { orders: all.slice(first, first + pageSize), hasNext: first + pageSize < all.length };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(`127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}
