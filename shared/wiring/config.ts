import { homedir } from 'node:os';
import type { AllowRule } from '../policy/egress/index.ts';
import { dataDir, type Machine } from './data-dir.ts';
import { type Setting, type StoreChoice, settings, type Value } from './settings.ts';

/** What the operator has decided, with a flag before a variable before a default. */
export interface Config {
  readonly store: StoreChoice;
  /** False when nobody has named a store. */
  readonly isStoreChosen: boolean;
  /** 0 lets the machine choose. */
  readonly port: number;
  readonly host: string;
  /** The engine that commands speak to. */
  readonly url: string;
  /** What `http` nodes may call beside public addresses. */
  readonly allowHosts: readonly AllowRule[];
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly graceMs: number;
  /** A module of handlers. */
  readonly handlers: string | undefined;
  readonly dataDir: string;
}

export type ReadConfig =
  | { readonly kind: 'config'; readonly config: Config; readonly table: readonly ConfigRow[] }
  /** A sentence for each thing that is wrong. */
  | { readonly kind: 'faults'; readonly faults: readonly string[] };

/** One effective value: `from` names the flag or the variable that it comes from, or says `default`. */
export interface ConfigRow {
  readonly name: string;
  readonly value: string;
  readonly from: string;
  readonly meaning: string;
}

/** Given on the command line, as text. */
export type Flags = Partial<Record<keyof typeof settings, string>>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** The only reader of the environment. */
export function readConfig(
  flags: Flags,
  env: Environment = process.env,
  machine: Machine = { platform: process.platform, home: homedir() },
): ReadConfig {
  const home = dataDir(env, machine);
  const faults: string[] = [];
  const table: ConfigRow[] = [];
  const read = <Name extends keyof typeof settings>(name: Name): Value<Name> | undefined => {
    const { variable, meaning, usual, parse, show } = settings[name] as Setting<Value<Name>>;
    const { text, from } = sourceOf(name, variable, flags, env);
    const parsed = parse(text ?? usual(home));
    if ('fault' in parsed) faults.push(`${from}: ${parsed.fault}`);
    else table.push({ name: variable, value: show(parsed.ok), from, meaning });
    return 'ok' in parsed ? parsed.ok : undefined;
  };
  const values = {
    store: read('store'),
    host: read('host'),
    port: read('port'),
    url: read('url'),
    allowHosts: read('allowHost'),
    concurrency: read('concurrency'),
    leaseMs: read('lease'),
    graceMs: read('grace'),
    handlers: read('handlers'),
  };
  if (faults.length > 0) return { kind: 'faults', faults };
  const isStoreChosen = sourceOf('store', settings.store.variable, flags, env).text !== undefined;
  return { kind: 'config', config: { ...values, isStoreChosen, dataDir: home } as Config, table };
}

/** How this terminal wants to be written to. */
export function readTerminalWishes(env: Environment = process.env): { colour: boolean; live: boolean } {
  const dumb = env['TERM'] === 'dumb';
  return { colour: !env['NO_COLOR'] && !dumb, live: !dumb && !env['CI'] };
}

/** Processes that this one must not outlive, nearest first; told by the launcher. */
export function readLineage(env: Environment = process.env): readonly number[] {
  return (env['BREAKWATER_ENDS_WITH'] ?? '').split(',').map(Number).filter(Boolean);
}

function sourceOf(
  name: keyof Flags,
  variable: string,
  flags: Flags,
  env: Environment,
): { text?: string; from: string } {
  const flag = flags[name];
  if (flag !== undefined)
    return { text: flag, from: `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}` };
  const text = env[variable];
  return text ? { text, from: variable } : { from: 'default' };
}
