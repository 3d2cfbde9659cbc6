import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CodedError, messageOf } from '../../shared/core/error.ts';
import { adaptiveBench } from './adaptive/index.ts';
import { batchBench } from './batch/index.ts';
import type { Bench, BenchOptions } from './bench.ts';
import { chaosBench } from './chaos/index.ts';
import { cloudBench } from './cloud/index.ts';
import { engineBench } from './engine/index.ts';
import { guardsBench } from './guards/index.ts';
import { guardsChaosBench } from './guards-chaos/index.ts';
import { machineOf } from './machine.ts';
import { reportOf } from './report.ts';
import { stormBench } from './storm/index.ts';
import { tableOf } from './table.ts';

/**
 * `npm run bench -- NAME [--json] [--dir DIR] [--jobs N] [--seed N]`. A table on stdout; with `--json` one object more, as the last
 * line. `--jobs` and `--seed` are for benches that say so. A figure that misses its goal is shown as missed and fails nothing: exit
 * code 1 says that something could not be measured, 2 a wrong command.
 */
const benches: Readonly<Record<string, Bench>> = {
  engine: engineBench,
  cloud: cloudBench,
  chaos: chaosBench,
  adaptive: adaptiveBench,
  batch: batchBench,
  storm: stormBench,
  guards: guardsBench,
  'guards-chaos': guardsChaosBench,
};

const options = {
  json: { type: 'boolean' },
  dir: { type: 'string', default: tmpdir() },
  jobs: { type: 'string' },
  seed: { type: 'string' },
} as const;

async function main(): Promise<number> {
  const given = readArguments();
  if (typeof given === 'string') return refuse(given);
  const { name, json, dir: parent, sizes } = given;
  if (name === undefined) return say(listOfBenches());
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (!bench) return refuse(`there is no bench \`${name}\``);
  const dir = mkdtempSync(join(resolve(parent), 'breakwater-bench-'));
  const tidy = () => rmSync(dir, { recursive: true, force: true });
  process.once('exit', tidy);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const findings = await bench.run({ dir, ...sizes, tell: (line) => process.stderr.write(`${line}\n`) });
  const machine = machineOf(parent);
  say(`${name} on ${machine}, Node ${process.version}\n\n${tableOf(findings)}`);
  if (json) say(`${reportOf(name, machine, process.version, findings)}\n`);
  return 0;
}

interface Given {
  readonly name: string | undefined;
  readonly json: boolean;
  readonly dir: string;
  readonly sizes: Pick<BenchOptions, 'jobs' | 'seed'>;
}

function readArguments(): Given | string {
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (positionals.length > 1) return `one bench at a time, not ${positionals.join(', ')}`;
    const { json = false, dir, jobs, seed } = values;
    const sizes = { ...wholeIn('jobs', jobs), ...wholeIn('seed', seed) };
    return { name: positionals[0], json, dir, sizes };
  } catch (error) {
    return messageOf(error);
  }
}

function wholeIn(name: 'jobs' | 'seed', text: string | undefined): Pick<BenchOptions, 'jobs' | 'seed'> {
  if (text === undefined) return {};
  if (/^[1-9]\d{0,8}$/.test(text)) return { [name]: Number(text) };
  throw new CodedError('number_invalid', `--${name} is a whole number from 1, not \`${text}\``);
}

function listOfBenches(): string {
  const lines = Object.entries(benches).map(([name, { about }]) => `  ${name.padEnd(12)}${about}\n`);
  return `npm run bench -- NAME [--json] [--dir DIR] [--jobs N] [--seed N]\n\n${lines.join('')}`;
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
