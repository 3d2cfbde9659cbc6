import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureTopics } from '../../adapters/pubsub/ensure-topics.ts';
import { createPublisher, type PubSubPublisher } from '../../adapters/pubsub/publisher.ts';
import type { Clock } from '../../core/clock.ts';
import { type DoorName, doorNames } from './door-names.ts';
import { dropSubscriptions } from './drop-subscriptions.ts';
import { openRoom, type Room } from './room.ts';
import { startTicks } from './ticks.ts';
import type { DoorUsage } from './usage.ts';

export interface FleetOptions {
  readonly clock: Clock;
  /** `host:port` of each emulator. */
  readonly hosts: { readonly firestore: string; readonly pubsub: string };
  /** Nobody else may use it at the same time: the subscriptions of a project push to one fleet. */
  readonly project: string;
  /** What the doors' processes have as their environment, beside what every fleet gives them. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How many of each door; 1 unless said. */
  readonly instances?: Readonly<Partial<Record<DoorName, number>>>;
  /** The module that has the doors; those of `functions/` unless said. Only those tell what they use of the store. */
  readonly source?: string;
  /** Requests that an instance is given at once; 80 unless said, as in Cloud Run. */
  readonly concurrency?: number;
  /** 540,000 unless said; the doors are told and end before. */
  readonly requestTimeoutMs?: number;
  /** Whether an instance that died is replaced by another one; true unless said. */
  readonly replace?: boolean;
  /** How often the sweep is asked for; 60,000 unless said, 0 for never. */
  readonly tickMs?: number;
  /** Told of instances that ended, and of ticks that were not taken. */
  readonly report: (sentence: string) => void;
}

/** Every door as Cloud Run serves it, on this machine: processes behind one address a door, to which Pub/Sub pushes. */
export interface Fleet {
  /** Of the door `api`. */
  readonly url: string;
  urlOf(door: DoorName): string;
  /** Those that are alive. */
  instances(): readonly Instance[];
  /** Ends an instance; resolves when it is over. Another one takes its place unless that is switched off. */
  kill(door: DoorName, place: number, signal: NodeJS.Signals): Promise<void>;
  /** Once no request is under way, or after a few seconds. */
  usage(): Promise<ReadonlyMap<DoorName, DoorUsage>>;
  /** The last lines of all that is alive, for people. */
  tails(): string;
  /** Ends all of it. What was asked meanwhile is broken off. */
  close(): Promise<void>;
}

export interface Instance {
  readonly door: DoorName;
  /** From 0, the same for the one that replaces it. */
  readonly place: number;
  readonly pid: number;
}

/** Resolves when every instance listens and every topic is there. Rejects with `door_failed` or the queue's codes, and nothing stays behind. */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const { project, hosts } = options;
  const dir = await mkdtemp(join(tmpdir(), 'breakwater-fleet-'));
  const publisher = createPublisher({ projectId: project, emulatorHost: hosts.pubsub });
  const rooms = new Map<DoorName, Room>();
  const fleet = fleetOf(options, publisher, dir, rooms);
  try {
    for (const door of doorNames) rooms.set(door, await openRoom(options, publisher, dir, door));
    const urlOf = (door: DoorName) => rooms.get(door)!.relay.url;
    const topics = ensureTopics({ projectId: project, emulatorHost: hosts.pubsub, urlOf });
    await allDone([topics, ...[...rooms.values()].map(({ instances }) => instances.start())]);
    return fleet;
  } catch (thrown) {
    await fleet.close();
    throw thrown;
  }
}

function fleetOf(
  options: FleetOptions,
  publisher: PubSubPublisher,
  dir: string,
  rooms: ReadonlyMap<DoorName, Room>,
): Fleet {
  const { clock, project, hosts, tickMs = 60_000, report } = options;
  const ticks = startTicks(clock, publisher, { everyMs: tickMs, report });
  const urlOf = (door: DoorName) => rooms.get(door)!.front.url;
  const alive = () =>
    [...rooms].flatMap(([door, { instances }]) => [...instances.alive()].map((each) => [door, ...each] as const));
  const usageOf = ({ front, instances }: Room) => ({ requests: front.answered(), store: instances.usage() });
  return {
    get url() {
      return urlOf('api');
    },
    urlOf,
    instances: () => alive().map(([door, place, { pid }]) => ({ door, place, pid })),
    kill: (door, place, signal) => rooms.get(door)!.instances.kill(place, signal),
    async usage() {
      await whenQuiet(clock, rooms);
      return new Map([...rooms].map(([door, room]) => [door, usageOf(room)]));
    },
    tails: () =>
      alive()
        .map(([door, place, { tail }]) => `${door} ${place}:\n${tail()}\n`)
        .join(''),
    async close() {
      await ticks.stop();
      await dropSubscriptions(project, hosts.pubsub);
      await Promise.all([...rooms.values()].map((room) => room.close()));
      await publisher.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const quietMsMax = 3_000;
const lookEveryMs = 20;

/** Alarms that are held belong to no work under way. */
async function whenQuiet(clock: Clock, rooms: ReadonlyMap<DoorName, Room>): Promise<void> {
  const until = clock.now() + quietMsMax;
  const working = [...rooms].filter(([door]) => door !== 'retry-scheduler').map(([, { front }]) => front);
  while (working.some((front) => front.underWay() > 0) && clock.now() < until) await clock.sleep(lookEveryMs);
  // What is told with an answer may come a moment after it.
  await clock.sleep(lookEveryMs);
}

/** All are over before the first failure is told. */
async function allDone(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
}
