import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { CodedError } from '../../core/error.ts';
import type { Handler } from '../../engine/engine.ts';
import { isCard, type Order } from './orders.ts';

/** A region's orders added up by merchant, in cents of a euro. */
export interface Book {
  readonly file: string;
  readonly orders: number;
  readonly cents: number;
  readonly merchants: Readonly<Record<string, number>>;
}

interface Score {
  readonly orders: number;
  readonly suspicious: readonly string[];
}

/**
 * The handlers of the demo's job. What is large lies in files; results carry where. Each may run twice and then does the same again.
 */
export function settlementHandlers(dir: string): Readonly<Record<string, Handler>> {
  const save = async (name: string, value: unknown): Promise<string> => {
    const file = join(dir, name);
    await writeFile(file, typeof value === 'string' ? value : JSON.stringify(value));
    return file;
  };

  return {
    openDay: async (input) => {
      await mkdir(dir, { recursive: true });
      return { day: (input as { day: string }).day };
    },

    extractOrders: async (input, { signal, heartbeat }) => {
      const { region, shop } = input as { region: string; shop: string };
      const orders: Order[] = [];
      for (let page = 0, hasNext = true; hasNext; page++) {
        const response = await fetch(`${shop}/orders?region=${region}&page=${page}`, { signal });
        const body = (await response.json()) as { orders: Order[]; hasNext: boolean };
        orders.push(...body.orders);
        hasNext = body.hasNext;
        heartbeat();
      }
      return { file: await save(`${region}.orders.json`, orders), orders: orders.length };
    },

    validateOrders: async (input) => {
      const { file } = input as { file: string };
      const orders = await readOrders(file);
      const accepted = orders.filter((order) => isCard(order.card) && totalOf(order) === order.cents);
      const rejected = orders.length - accepted.length;
      return {
        file: await save(basename(file).replace('.orders', '.valid'), accepted),
        accepted: accepted.length,
        rejected,
      };
    },

    scoreOrders: async (input): Promise<Score> => {
      const orders = await readOrders((input as { file: string }).file);
      const suspicious = orders.filter(isOdd).map(({ id }) => id);
      return { orders: orders.length, suspicious: suspicious.slice(0, 5) };
    },

    bookOrders: async (input): Promise<Book> => {
      const { file, rates } = input as { file: string; rates: Record<string, number> };
      const merchants: Record<string, number> = {};
      const orders = await readOrders(file);
      for (const { merchant, currency, cents } of orders) {
        merchants[merchant] = (merchants[merchant] ?? 0) + Math.round(cents * rates[currency]!);
      }
      return { file, orders: orders.length, cents: sum(Object.values(merchants)), merchants };
    },

    buildLedger: (input) => {
      const { books, scores } = input as unknown as { books: readonly Book[]; scores: readonly Score[] };
      const merchants = new Map<string, number>();
      for (const [merchant, cents] of books.flatMap((book) => Object.entries(book.merchants))) {
        merchants.set(merchant, (merchants.get(merchant) ?? 0) + cents);
      }
      const suspicious = scores.flatMap((score) => score.suspicious);
      return {
        merchants: [...merchants].sort().map(([merchant, cents]) => ({ merchant, cents })),
        cents: sum([...merchants.values()]),
        orders: sum(books.map(({ orders }) => orders)),
        suspicious: suspicious.length,
        scores: suspicious,
        files: books.map(({ file }) => file),
      };
    },

    prepareReview: async (input) => {
      const { scores } = input as { scores: readonly string[] };
      return { file: await save('review.txt', scores.join('\n')), orders: scores.length };
    },

    writeStatement: async (input) => {
      const { region, book, day } = input as unknown as { region: string; book: Book; day: string };
      const rows = Object.entries(book.merchants)
        .sort()
        .map(([merchant, cents]) => `${day},${merchant},${cents}`);
      return { file: await save(`statement-${region}.csv`, `${['day,merchant,cents', ...rows].join('\n')}\n`) };
    },

    listFiles: async () => (await readdir(dir)).filter((name) => /\.(csv|txt)$/.test(name)).sort(),

    packFile: async (input) => {
      const name = input as string;
      const packed = await promisify(gzip)(await readFile(join(dir, name)));
      await writeFile(join(dir, `${name}.gz`), packed);
      return { name: `${name}.gz`, bytes: packed.length, sha256: createHash('sha256').update(packed).digest('hex') };
    },

    writeManifest: async (input) => {
      const { packed, day } = input as { packed: readonly { name: string; bytes: number }[]; day: string };
      const file = await save(`manifest-${day}.json`, packed);
      return { files: packed.length, bytes: sum(packed.map(({ bytes }) => bytes)) + (await stat(file)).size };
    },

    reconcile: (input) => {
      const { cents, authorised, payouts } = input as {
        cents: number;
        authorised: number;
        payouts: readonly { cents: number }[];
      };
      const paid = sum(payouts.map((payout) => payout.cents));
      if (paid === cents && authorised === cents) return { cents, payouts: payouts.length };
      const failure = new CodedError(
        'books_differ',
        `${paid} cents were paid, ${authorised} authorised, ${cents} booked`,
      );
      throw Object.assign(failure, { retryable: false });
    },

    closeDay: (input) => {
      const { ledger, approvedBy, packed, shipped } = input as {
        ledger: { orders: number; cents: number; merchants: readonly unknown[]; suspicious: number };
        approvedBy: string;
        packed: { files: number; bytes: number };
        shipped: { articles: number };
      };
      const { orders, cents, merchants, suspicious } = ledger;
      return {
        orders,
        cents,
        merchants: merchants.length,
        suspicious,
        approvedBy,
        files: packed.files,
        articles: shipped.articles,
      };
    },
  };
}

/** What the warehouse does with the message that it gets: counts what must leave the shelves. */
export async function countArticles(files: readonly string[]): Promise<{ articles: number; skus: number }> {
  const skus = new Map<string, number>();
  for (const file of files) {
    for (const { sku, quantity } of (await readOrders(file)).flatMap(({ lines }) => lines)) {
      skus.set(sku, (skus.get(sku) ?? 0) + quantity);
    }
  }
  return { articles: sum([...skus.values()]), skus: skus.size };
}

async function readOrders(file: string): Promise<readonly Order[]> {
  return JSON.parse(await readFile(file, 'utf8')) as readonly Order[];
}

function totalOf({ lines }: Order): number {
  return sum(lines.map(({ quantity, cents }) => quantity * cents));
}

/** Much of one dear thing. */
function isOdd({ lines }: Order): boolean {
  return lines.some(({ quantity, cents }) => quantity === 4 && cents > 19_800);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
