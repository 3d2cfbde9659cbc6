import { homedir } from 'node:os';
import type { BudgetRules } from '../policy/budget/index.ts';
import type { AllowRule } from '../policy/egress/index.ts';
import { dataDir, type Machine } from './data-dir.ts';
import { type Setting, settings, type Value } from './settings.ts';
import { type AskedStore, type StoreChoice, usualDatabase } from './store-choice.ts';

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
  readonly sweepMs: number;
  readonly graceMs: number;
  readonly retryBudget: BudgetRules;
  /** With its password, where it has one. */
  readonly redisUrl: string | undefined;
  /** A file of breakers and bulkheads. */
  readonly guardsFile: string | undefined;
  /** A module of handlers. */
  readonly handlers: string | undefined;
  readonly dataDir: string;
  /** Where Pub/Sub is, and Firestore unless its setting says another. */
  readonly project: string | undefined;
  /** `host:port` of an emulator. */
  readonly pubsubHost: string | undefined;
  readonly requestTimeoutMs: number;
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

/** The only reader of the environment. `usuals` are what holds elsewhere than on somebody's machine unless said. */
export function readConfig(
  flags: Flags,
  env: Environment = process.env,
  machine: Machine = { platform: process.platform, home: homedir() },
  usuals: Flags = {},
): ReadConfig {
  const home = dataDir(env, machine);
  const faults: string[] = [];
  const table: ConfigRow[] = [];
  const read = <Name extends keyof typeof settings>(name: Name): Value<Name> | undefined => {
    const { variable, meaning, usual, parse, show } = settings[name] as Setting<Value<Name>>;
    const { text, from } = sourceOf(name, flags, env);
    const parsed = parse(text ?? usuals[name] ?? usual(home));
    if ('fault' in parsed) faults.push(`${from}: ${parsed.fault}`);
    else table.push({ name: variable, value: show(parsed.ok), from, meaning });
    return 'ok' in parsed ? parsed.ok : undefined;
  };
  const asked = read('store');
  const values = {
    host: read('host'),
    port: read('port'),
    url: read('url'),
    allowHosts: read('allowHost'),
    concurrency: read('concurrency'),
    leaseMs: read('lease'),
    sweepMs: read('sweep'),
    graceMs: read('grace'),
    retryBudget: { share: read('retryBudgetShare'), floor: read('retryBudgetFloor') },
    redisUrl: read('redis'),
    guardsFile: read('guards'),
    handlers: read('handlers'),
    project: read('project'),
    pubsubHost: read('pubsubHost'),
    requestTimeoutMs: read('requestTimeout'),
  };
  const store = placeOf(asked, values.project, {
    emulatorHost: read('firestoreHost'),
    retentionMs: read('retention'),
    shards: read('sweepShards'),
  });
  if (store === undefined) faults.push(`BREAKWATER_PROJECT: ${withoutProject}`);
  if (faults.length > 0) return { kind: 'faults', faults };
  const isStoreChosen = sourceOf('store', flags, env).text !== undefined;
  return { kind: 'config', config: { ...values, store, isStoreChosen, dataDir: home } as Config, table };
}

/** Emulators know every project. */
const emulatedProject = 'breakwater-local';

const withoutProject =
  'Firestore is in a Google Cloud project: write `firestore:PROJECT` or set BREAKWATER_PROJECT; for an emulator, set FIRESTORE_EMULATOR_HOST';

/** What settings of their own say of a Firestore. */
interface Unasked {
  readonly emulatorHost: string | undefined;
  readonly retentionMs: number | undefined;
  readonly shards: readonly number[] | undefined;
}

/** Undefined where nobody has said which project. */
function placeOf(
  asked: AskedStore | undefined,
  usualProject: string | undefined,
  { emulatorHost, retentionMs = 0, shards }: Unasked,
): StoreChoice | undefined {
  if (asked?.kind !== 'firestore') return asked ?? { kind: 'memory' };
  const project = asked.project ?? usualProject ?? (emulatorHost === undefined ? undefined : emulatedProject);
  if (project === undefined) return undefined;
  const { database = usualDatabase } = asked;
  const host = emulatorHost === undefined ? {} : { emulatorHost };
  return { kind: 'firestore', project, database, retentionMs, ...host, ...(shards && { shards }) };
}

/** How this terminal wants to be written to. */
export function readTerminalWishes(env: Environment = process.env): { colour: boolean; live: boolean } {
  const dumb = env['TERM'] === 'dumb';
  return { colour: !env['NO_COLOR'] && !dumb, live: !dumb && !env['CI'] };
}

/** Where emulators may be: running at a host, or installed in a folder that only the environment knows. */
export interface EmulatorWishes {
  readonly hosts: { readonly firestore: string | undefined; readonly pubsub: string | undefined };
  readonly path: string;
  readonly home: string;
  readonly sdkRoot: string | undefined;
  readonly javaHome: string | undefined;
}

/** Under the names that Google's own tools give them. */
export function readEmulatorWishes(env: Environment = process.env, home: string = homedir()): EmulatorWishes {
  return {
    hosts: {
      firestore: env['FIRESTORE_EMULATOR_HOST'] || undefined,
      pubsub: env['PUBSUB_EMULATOR_HOST'] || undefined,
    },
    path: env['PATH'] ?? '',
    home,
    sdkRoot: env['CLOUDSDK_ROOT_DIR'] || undefined,
    javaHome: env['JAVA_HOME'] || undefined,
  };
}

/** Which function this process is deployed as. */
export function readTarget(env: Environment = process.env): string | undefined {
  return env['FUNCTION_TARGET'] || undefined;
}

/** Processes that this one must not outlive, nearest first; told by the launcher. */
export function readLineage(env: Environment = process.env): readonly number[] {
  return (env['BREAKWATER_ENDS_WITH'] ?? '').split(',').map(Number).filter(Boolean);
}

function sourceOf(name: keyof Flags, flags: Flags, env: Environment): { text?: string; from: string } {
  const flag = flags[name];
  if (flag !== undefined)
    return { text: flag, from: `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}` };
  const { variable, alias } = settings[name] as Setting<unknown>;
  const from = [variable, alias].find((each) => each !== undefined && env[each]);
  return from === undefined ? { from: 'default' } : { text: env[from]!, from };
}
