import type { Paint } from '../../edge/cli/paint.ts';
import type { StoreUsage } from '../../ports/index.ts';
import type { DoorName } from '../fleet/door-names.ts';
import { type DoorUsage, sumOfUsage } from '../fleet/usage.ts';

/** Of all doors together. */
export function storeUsageOf(usage: ReadonlyMap<DoorName, DoorUsage>): StoreUsage {
  return sumOfUsage([...usage.values()].map(({ store }) => store));
}

const columns = ['requests', 'reads', 'writes', 'deletes', 'conflicts'] as const;

/** What each door was asked, and what it used of Firestore; then what Pub/Sub delivered. */
export function billOf(
  usage: ReadonlyMap<DoorName, DoorUsage>,
  { nodes, warehouse }: { readonly nodes: number; readonly warehouse: number },
  paint: Paint,
): string[] {
  const rows = [...usage].map(([door, { requests, store }]) => rowOf(door, { requests, ...store }));
  const pushed = [...usage].filter(([door]) => door !== 'api').map(([, { requests }]) => requests);
  const messages = pushed.reduce((sum, each) => sum + each, warehouse);
  return [
    paint.dim(`  ${'door'.padEnd(16)}${columns.map((name) => name.padStart(10)).join('')}`),
    ...rows,
    `  ${'pub/sub'.padEnd(10)} ${(messages / nodes).toFixed(2)} messages a node (${messages}, ${warehouse} of them to the shop's warehouse)`,
    paint.dim('  nearly all that the api was asked for, it was asked for by this display'),
  ];
}

function rowOf(door: DoorName, figures: Readonly<Record<(typeof columns)[number], number>>): string {
  return `  ${door.padEnd(16)}${columns.map((name) => String(figures[name]).padStart(10)).join('')}`;
}
