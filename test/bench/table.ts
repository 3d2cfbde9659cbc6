import type { Findings } from './bench.ts';
import { type Figure, verdictOf } from './figure.ts';

/** What people read: a figure a line, its goal, whether it is met, and how far its rounds lay apart. */
export function tableOf({ figures, skipped }: Pick<Findings, 'figures' | 'skipped'>): string {
  const rows = [['figure', 'value', 'goal', '', 'spread'], ...figures.map(rowOf)];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => line(row, widths));
  lines.splice(1, 0, '-'.repeat(lines[0]!.length));
  return [...lines, ...skipped.map(({ name, because }) => `${name}: skipped: ${because}`)]
    .map((each) => `${each.trimEnd()}\n`)
    .join('');
}

function rowOf(figure: Figure): string[] {
  const { name, value, unit, goal, better, spread } = figure;
  const bound = goal === null ? '' : `${better === 'lower' ? '≤' : '≥'} ${numberText(goal)}`;
  const apart = spread ? `${numberText(spread[0])} – ${numberText(spread[1])}` : '';
  return [name, `${numberText(value)} ${unit}`, bound, verdictOf(figure) ?? '', apart];
}

/** Three digits that tell, and no more than four places. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const places = value === 0 ? 0 : Math.min(4, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
  const text = value.toFixed(places);
  const [whole, fraction] = text.split('.');
  return `${whole!.replaceAll(/\B(?=(\d{3})+$)/g, ',')}${fraction === undefined ? '' : `.${fraction}`}`;
}

/** The name to the left, numbers to the right. */
function line(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((text, column) =>
      column === 0 || column === 3 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!),
    )
    .join('  ');
}
