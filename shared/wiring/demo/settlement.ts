import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CodedError } from '../../core/error.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Paint } from '../../edge/cli/paint.ts';
import { parseJobSpec } from '../../jobs/document/index.ts';
import type { JobSpec } from '../../jobs/index.ts';
import type { ShopServer } from './shop-server.ts';

/** The topic that the job's node `warehouse` publishes to. */
export const warehouseTopic = 'settled-orders';

/** How long the person thinks who has been asked to approve. */
export const thinkingMs = 1_000;

/** The signal that the demo sends in place of a person; the same id is taken once. */
export const approval = { id: 'approval-1', name: 'approval', data: { by: 'demo' } } as const;

/** The job's document as a user would submit it, and what it means. */
export async function readSettlement(shop: ShopServer, now: number): Promise<{ document: JsonObject; spec: JobSpec }> {
  const text = await readFile(join(import.meta.dirname, 'settlement.yaml'), 'utf8');
  const input = { day: '2026-01-31', shop: shop.url, bank: shop.url };
  const document = { ...(parse(text) as JsonObject), input };
  const parsed = parseJobSpec(document, now);
  if (parsed.kind === 'spec') return { document, spec: parsed.spec };
  throw new CodedError('demo_broken', parsed.faults.map(({ path, message }) => `${path} ${message}`).join('; '));
}

export function titleOf({ nodes }: JobSpec, paint: Paint): string {
  const edges = nodes.reduce((sum, { dependsOn = [] }) => sum + dependsOn.length, 0);
  return `${paint.bold('Breakwater')} settles a shop's day: ${nodes.length} nodes, ${edges} edges, every step durable.\n`;
}

export function settledText(result: JsonObject, shop: ShopServer, paint: Paint): string {
  const euros = (Number(result['cents']) / 100).toLocaleString('en', {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  });
  const what = `${String(result['orders'])} orders became ${shop.payouts()} payouts, not one of them twice`;
  const sum = `€ ${euros} together; ${String(result['files'])} files archived`;
  return `  ${'settled'.padEnd(10)} ${what}\n  ${''.padEnd(10)} ${paint.dim(sum)}`;
}

export function whenStopped({ signal }: { readonly signal: AbortSignal }): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
