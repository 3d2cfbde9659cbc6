import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../shared/core/error.ts';
import type { Bench } from './bench.ts';
import { cloudBench } from './cloud/index.ts';
import { engineBench } from './engine/index.ts';
import { machineOf } from './machine.ts';
import { reportOf } from './report.ts';
import { tableOf } from './table.ts';

/**
 * `npm run bench -- NAME [--json] [--dir DIR]`. A table on stdout; with `--json` one object more, as the last line. A figure that
 * misses its goal is shown as missed and fails nothing: exit code 1 says that something could not be measured, 2 a wrong command.
 */
const benches: Readonly<Record<string, Bench>> = { engine: engineBench, cloud: cloudBench };

const options = { json: { type: 'boolean' }, dir: { type: 'string', default: tmpdir() } } as const;

async function main(): Promise<number> {
  const given = readArguments();
  if (typeof given === 'string') return refuse(given);
  const { name, json, dir: parent } = given;
  if (name === undefined) return say(listOfBenches());
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (!bench) return refuse(`there is no bench \`${name}\``);
  const dir = mkdtempSync(join(resolve(parent), 'breakwater-bench-'));
  const tidy = () => rmSync(dir, { recursive: true, force: true });
  process.once('exit', tidy);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const findings = await bench.run({ dir, tell: (line) => process.stderr.write(`${line}\n`) });
  const machine = machineOf(parent);
  say(`${name} on ${machine}, Node ${process.version}\n\n${tableOf(findings)}`);
  if (json) say(`${reportOf(name, machine, process.version, findings)}\n`);
  return 0;
}

function readArguments(): { name: string | undefined; json: boolean; dir: string } | string {
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (positionals.length > 1) return `one bench at a time, not ${positionals.join(', ')}`;
    return { name: positionals[0], json: values.json ?? false, dir: values.dir };
  } catch (error) {
    return messageOf(error);
  }
}

function listOfBenches(): string {
  const lines = Object.entries(benches).map(([name, { about }]) => `  ${name.padEnd(12)}${about}\n`);
  return `npm run bench -- NAME [--json] [--dir DIR]\n\n${lines.join('')}`;
}

function refuse(why: string): number {
  process.stderr.write(`bench: ${why}\n\n${listOfBenches()}`);
  return 2;
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`bench: ${messageOf(error)}\n`);
    process.exitCode = 1;
  },
);
