import type { Random } from '../../core/random.ts';

export interface Order {
  readonly id: string;
  readonly merchant: string;
  readonly card: string;
  readonly currency: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly cents: number }[];
  readonly cents: number;
}

export const currencies: Readonly<Record<string, string>> = {
  'eu-west': 'EUR',
  'eu-north': 'SEK',
  'us-east': 'USD',
  'us-west': 'USD',
  latam: 'BRL',
  mea: 'AED',
  india: 'INR',
  apac: 'JPY',
};

const merchants = 24;

/** A day of one region. About one order in fifty is broken: a card with a wrong digit, or a total that is none. */
export function makeOrders(region: string, count: number, random: Random): Order[] {
  const whole = (most: number) => Math.floor(random.next() * most);
  return Array.from({ length: count }, (_, place) => {
    const lines = Array.from({ length: 1 + whole(5) }, () => ({
      sku: `sku-${whole(200)}`,
      quantity: 1 + whole(4),
      cents: 99 + whole(20_000),
    }));
    const cents = lines.reduce((sum, line) => sum + line.quantity * line.cents, 0);
    const broken = random.next();
    return {
      id: `${region}-${place}`,
      merchant: `merchant-${String(1 + whole(merchants)).padStart(2, '0')}`,
      card: broken < 0.01 ? '4000000000000001' : makeCard(whole),
      currency: currencies[region]!,
      lines,
      cents: broken > 0.99 ? cents + 1 : cents,
    };
  });
}

function makeCard(whole: (most: number) => number): string {
  const digits = `4${Array.from({ length: 14 }, () => whole(10)).join('')}`;
  return Array.from({ length: 10 }, (_, last) => `${digits}${last}`).find(isCard)!;
}

/** Luhn's checksum, ISO/IEC 7812-1. */
export function isCard(digits: string): boolean {
  let sum = 0;
  for (const [place, digit] of [...digits].reverse().entries()) {
    const value = Number(digit) * (place % 2 === 0 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}
