import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FirestoreStore } from '../../shared/adapters/firestore/open.ts';
import { createMachineClock } from '../../shared/adapters/machine/clock.ts';
import { type Fleet, type FleetOptions, openFleet } from '../../shared/wiring/fleet/fleet.ts';
import { aFirestore } from '../support/a-firestore.ts';
import { firestoreHost, pubsubHost, uniqueProject } from '../support/emulators.ts';
import { type Client, clientOf } from './client.ts';
import { type Entry, readEntries } from './records.ts';

export const clock = createMachineClock();

/**
 * A fleet of real doors in a project of its own, and what a test sees of it: the API, the store as it is, and every call. All of it
 * goes with the test that opened it, however that ends; so a test writes `await using`.
 */
export interface Workbench extends AsyncDisposable {
  readonly project: string;
  readonly fleet: Fleet;
  readonly api: Client;
  /** Read by nobody but the test, and past everything that stands before the fleet's. */
  readonly store: FirestoreStore['store'];
  entries(): readonly Entry[];
  /** Pushes the message of a job's first node, as Pub/Sub would, and gives the status of the answer. */
  pushNodes(jobId: string): Promise<number>;
  /** What the fleet has told: instances that ended, and ticks that were not taken. */
  readonly reports: readonly string[];
}

export type WorkbenchOptions = Partial<Omit<FleetOptions, 'hosts'>> & {
  /** In place of the emulators themselves. */
  readonly hosts?: Partial<FleetOptions['hosts']>;
};

/** Leases of two seconds and a sweep every second, so that what is lost is found while a test looks on. */
export async function openWorkbench({ env = {}, hosts = {}, ...options }: WorkbenchOptions = {}): Promise<Workbench> {
  await using opened = new AsyncDisposableStack();
  const project = uniqueProject();
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-cloud-'));
  opened.defer(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'calls.jsonl');
  writeFileSync(file, '');
  const { store, close } = await aFirestore({ project });
  opened.defer(close);
  const reports: string[] = [];
  const handlers = join(import.meta.dirname, 'recording-handlers.ts');
  const ours = { RECORD_FILE: file, BREAKWATER_HANDLERS: handlers, BREAKWATER_LEASE: '2s', ...manyRetries, ...env };
  const fleet = await startInTurn({
    clock,
    project,
    hosts: { firestore: firestoreHost(), pubsub: pubsubHost(), ...hosts },
    env: { ...process.env, ...ours },
    tickMs: 1_000,
    report: (sentence) => void reports.push(sentence),
    ...options,
  });
  opened.defer(() => fleet.close());
  const kept = opened.move();
  return {
    project,
    fleet,
    api: clientOf(fleet.url, clock),
    store,
    entries: () => readEntries(file),
    pushNodes: (jobId) => pushNodes(fleet, jobId),
    reports,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** All jobs of a test call one target within seconds; what its budget makes of that is asked elsewhere. */
const manyRetries = { BREAKWATER_RETRY_BUDGET_FLOOR: '100' };

let lastStart: Promise<unknown> = Promise.resolve();

/** Tests that wait together start one after the other: what is slow about a start is work. */
function startInTurn(options: FleetOptions): Promise<Fleet> {
  const start = lastStart.then(() => openFleet(options));
  lastStart = start.catch(() => {});
  return start;
}

async function pushNodes(fleet: Fleet, jobId: string): Promise<number> {
  const text = { schema: 1, kind: 'nodes', jobId, nodes: [[0, 1]], priority: 5 };
  const body = JSON.stringify({ message: { data: btoa(JSON.stringify(text)), messageId: '1' }, subscription: 's' });
  const headers = { 'content-type': 'application/json' };
  return (await fetch(fleet.urlOf('execute-nodes'), { method: 'POST', headers, body })).status;
}

/** Looks every so often; throws with the name of what has not come to pass. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, msMost: number): Promise<void> {
  for (const end = clock.now() + msMost; !(await holds()); await clock.sleep(100))
    if (clock.now() > end) throw new Error(`within ${msMost} ms it did not come to pass that ${what}`);
}
