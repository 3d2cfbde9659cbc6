import { http } from '@google-cloud/functions-framework';
import { createMachineTerminal } from '../../adapters/machine/terminal.ts';
import { CodedError } from '../../core/error.ts';
import { type Config, readConfig, readTarget } from '../config.ts';
import { readGuardsFile } from '../guards-file.ts';
import { loadHandlers } from '../load-handlers.ts';
import { readVersion } from '../machine-facts.ts';
import { openProduction } from '../production.ts';
import type { FirestoreChoice } from '../store-choice.ts';
import { createCloudLog } from './cloud-log.ts';
import type { Door } from './door.ts';
import { endWell } from './end-well.ts';
import { createTrace } from './trace.ts';

/** Each door by its deployed name; only the one that is asked for is loaded. */
export type Doors = Readonly<Record<string, () => Promise<{ readonly door: Door }>>>;

/** Registers the door that the environment names. Whatever is wrong with its settings ends the start, in words. */
export async function openEntrance(doors: Doors): Promise<void> {
  const target = readTarget();
  const load = target === undefined ? undefined : doors[target];
  if (target === undefined || !load) throw new CodedError('target_unknown', unknownTarget(target, Object.keys(doors)));
  const { door } = await load();
  http(target, await openDoor(target, door));
}

function unknownTarget(target: string | undefined, names: readonly string[]): string {
  const said = target === undefined ? 'FUNCTION_TARGET is not set' : `FUNCTION_TARGET is \`${target}\``;
  return `${said}; it must name one of the doors: ${names.join(', ')}`;
}

async function openDoor(name: string, door: Door) {
  const version = readVersion();
  const { store, ...config } = readDoorConfig();
  const { handlers, allowHosts, leaseMs, sweepMs, graceMs, retryBudget, pubsubHost, requestTimeoutMs, redisUrl } =
    config;
  const project = config.project ?? store.project;
  const { out } = createMachineTerminal({ colour: false, live: false });
  const trace = createTrace();
  const log = createCloudLog({ door: name, write: out.write, trace: () => trace.name(project) });
  const production = await openProduction({
    store,
    project,
    pubsubHost,
    allowHosts,
    leaseMs,
    requeueMs: sweepMs,
    retryBudget,
    redisUrl,
    ...(config.guardsFile !== undefined && { guards: await readGuardsFile(config.guardsFile) }),
    concurrency: door.executes ? config.concurrency : 0,
    handlers: handlers === undefined ? undefined : await loadHandlers(handlers),
    version,
    report: log.failure,
    note: (sentence) => log.note('guards_shared', sentence),
    traceparent: trace.traceparent,
  });
  if (door.executes) await production.ready();
  const endingMs = Math.min(endingMsMost, requestTimeoutMs / 5);
  const times = { workMs: requestTimeoutMs - endingMs, answerMs: requestTimeoutMs - endingMs / 5 };
  const serve = await door.open({ production, log, trace, version, ...times });
  return door.executes ? endWell(serve, production, graceMs) : serve;
}

type DoorConfig = Omit<Config, 'store'> & { readonly store: FirestoreChoice };

function readDoorConfig(): DoorConfig {
  const read = readConfig({}, undefined, undefined, { store: 'firestore', lease: '60s', grace: '3s' });
  if (read.kind === 'faults') throw new CodedError('settings_invalid', read.faults.join('\n'));
  const { store } = read.config;
  if (store.kind === 'firestore') return { ...read.config, store };
  throw new CodedError(
    'settings_invalid',
    `BREAKWATER_STORE: a function keeps its jobs in Firestore, not in ${store.kind}`,
  );
}

/** Of a request's time: to hand back what still runs, to publish what is ready, and to answer. */
const endingMsMost = 15_000;
