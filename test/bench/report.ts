import type { Findings } from './bench.ts';

/** What programs read: one line. Spreads and what was skipped stand among the settings, so that a figure has its five fields. */
export function reportOf(bench: string, machine: string, node: string, findings: Findings): string {
  const { settings, figures, skipped } = findings;
  const spreads = figures.flatMap(({ name, spread }) => (spread ? [[name, spread] as const] : []));
  return JSON.stringify({
    bench,
    machine,
    node,
    settings: { ...settings, spreads: Object.fromEntries(spreads), skipped },
    figures: figures.map(({ name, value, unit, goal, better }) => ({ name, value, unit, goal, better })),
  });
}
