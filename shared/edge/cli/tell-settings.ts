import { exitCodes } from './exit-codes.ts';
import type { Settings, World } from './world.ts';

/** The effective settings, each with where it comes from. */
export function tellSettings({ terminal }: World, { table }: Settings): number {
  const width = (column: 'name' | 'value' | 'from') => Math.max(...table.map((row) => row[column].length));
  const [names, values, froms] = [width('name'), width('value'), width('from')];
  for (const { name, value, from, meaning } of table) {
    terminal.out.write(`${name.padEnd(names)}  ${value.padEnd(values)}  ${from.padEnd(froms)}  ${meaning}\n`);
  }
  return exitCodes.done;
}
