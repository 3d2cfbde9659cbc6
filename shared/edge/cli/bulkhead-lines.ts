import type { BulkheadView } from '../../engine/guards/guards.ts';
import { nameWidth, row } from './breaker-lines.ts';
import { fitted, type Paint } from './paint.ts';

/** Bulkheads as a person on call reads them: how full, and who waits. */

export function bulkheadRows(bulkheads: readonly BulkheadView[], columns: number, paint: Paint): string[] {
  const width = nameWidth(bulkheads);
  return bulkheads.map((bulkhead) =>
    fitted(`${paint.bold(bulkhead.name.padEnd(width))}  ${useText(bulkhead, paint)}${shareText(bulkhead)}`, columns),
  );
}

/** One with all that is to be known of it. */
export function bulkheadLines(bulkhead: BulkheadView, paint: Paint): string[] {
  const { name, here, revision, spec } = bulkhead;
  const waiting = Object.entries(here.waiting).filter(([, count]) => count > 0);
  const kept = here.kept > 0 ? `, ${here.kept} kept for reuse` : '';
  const waits = waiting.length === 0 ? 'nobody' : waiting.map(([priority, count]) => `${count} ${priority}`).join(', ');
  return [
    `${paint.bold(name)}  ${useText(bulkhead, paint)}`,
    row('here', `${here.inUse} in use${kept}; ${waits} waiting${shareText(bulkhead)}`),
    row(
      'said',
      revision === 0 ? 'nothing by an operator' : `revision ${revision}${spec ? `: ${JSON.stringify(spec)}` : ''}`,
    ),
  ];
}

function useText({ inUse, limit, depth, queueMost }: BulkheadView, paint: Paint): string {
  const text = `${inUse} of ${limit} in use, ${depth} of ${queueMost} waiting`;
  if (depth >= queueMost && inUse >= limit) return paint.bad(text);
  return depth > 0 ? paint.wait(text) : text;
}

function shareText({ share }: BulkheadView): string {
  return share === undefined ? '' : `; ${share} without asking, while the hot store is away`;
}
