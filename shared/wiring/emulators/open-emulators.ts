import type { Clock } from '../../core/clock.ts';
import type { EmulatorWishes } from '../config.ts';
import { type EmulatorName, type Found, findEmulator } from './find-emulators.ts';
import { type StartedEmulator, startEmulator } from './start-emulator.ts';

export type OpenedEmulators =
  | {
      readonly kind: 'open';
      /** `host:port` of each that was wanted. */
      readonly hosts: Readonly<Partial<Record<EmulatorName, string>>>;
      /** How long it took until all answered. */
      readonly startedMs: number;
      /** Ends those that were started here; one that ran before runs on. */
      close(): Promise<void>;
    }
  /** A sentence for each thing that is missing, with the command that brings it. */
  | { readonly kind: 'missing'; readonly faults: readonly string[] };

/** Google's emulators, for as long as we run. Rejects with `emulator_failed` when one is there and does not start. */
export async function openEmulators(
  clock: Clock,
  wanted: readonly EmulatorName[],
  wishes: EmulatorWishes,
): Promise<OpenedEmulators> {
  const begun = clock.now();
  const found = await Promise.all(wanted.map((name) => findEmulator(name, wishes)));
  const available = found.filter((each) => each.kind !== 'missing');
  if (available.length < found.length) return { kind: 'missing', faults: faultsOf(found) };
  const started = await startAll(wanted.map((name, index) => bring(clock, name, available[index]!)));
  const hosts = Object.fromEntries(wanted.map((name, index) => [name, started[index]!.host]));
  return {
    kind: 'open',
    hosts,
    startedMs: clock.now() - begun,
    close: async () => void (await Promise.all(started.map((each) => each.stop()))),
  };
}

type Available = Exclude<Found, { kind: 'missing' }>;

/** Java may be missing for each of them, and is told once. */
function faultsOf(found: readonly Found[]): readonly string[] {
  return [...new Set(found.flatMap((each) => (each.kind === 'missing' ? each.faults : [])))];
}

async function bring(clock: Clock, name: EmulatorName, found: Available): Promise<StartedEmulator> {
  switch (found.kind) {
    case 'running':
      return { host: found.host, stop: async () => {} };
    case 'startable':
      return startEmulator(clock, name, found);
  }
}

/** All or none: where one fails, those that came up are ended. */
async function startAll(starts: readonly Promise<StartedEmulator>[]): Promise<readonly StartedEmulator[]> {
  const ends = await Promise.allSettled(starts);
  const up = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed === undefined) return up;
  await Promise.all(up.map((each) => each.stop()));
  throw failed.reason;
}
