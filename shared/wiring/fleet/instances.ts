import type { Clock } from '../../core/clock.ts';
import { CodedError, messageOf } from '../../core/error.ts';
import type { StoreUsage } from '../../ports/index.ts';
import type { DoorProcess } from './door-process.ts';
import type { Front } from './front.ts';
import { noUsage, sumOfUsage } from './usage.ts';

/** The instances of one door, kept at their number. */
export interface Instances {
  /** Resolves when all of them listen, and rejects as the first one that does not start. */
  start(): Promise<void>;
  /** Those that are alive, by place. */
  alive(): ReadonlyMap<number, DoorProcess>;
  /** Of all that were ever alive. */
  usage(): StoreUsage;
  /** Resolves when it has ended. */
  kill(place: number, signal: NodeJS.Signals): Promise<void>;
  close(): Promise<void>;
}

export interface InstancesOptions {
  readonly door: string;
  readonly count: number;
  /** Whether another one is started for one that ended. */
  readonly replace: boolean;
  start(place: number): Promise<DoorProcess>;
  /** Told of what ended by itself and what does not start again. */
  report(sentence: string): void;
}

/** After a start that failed; Cloud Run waits a little as well. */
const againAfterMs = 1_000;

export function keepInstances(
  clock: Clock,
  front: Pick<Front, 'add' | 'remove'>,
  options: InstancesOptions,
): Instances {
  const { door, count, replace, report } = options;
  const alive = new Map<number, DoorProcess>();
  const lives = new Set<Promise<void>>();
  let usedByEnded = noUsage;
  const closing = new AbortController();

  async function bring(place: number): Promise<DoorProcess> {
    const started = await options.start(place);
    if (closing.signal.aborted) await started.stop();
    else {
      alive.set(place, started);
      front.add(started.socket);
    }
    return started;
  }

  /** Until it has ended and no other one takes its place. */
  async function keep(place: number, first: DoorProcess): Promise<void> {
    for (let current: DoorProcess | undefined = first; current; ) {
      const how = await current.ended;
      front.remove(current.socket);
      alive.delete(place);
      usedByEnded = sumOfUsage([usedByEnded, current.usage()]);
      if (closing.signal.aborted) return;
      report(`Instance ${place} of ${door} ${how}.`);
      current = replace ? await bringAgain(place) : undefined;
    }
  }

  async function bringAgain(place: number): Promise<DoorProcess | undefined> {
    while (!closing.signal.aborted) {
      try {
        return await bring(place);
      } catch (thrown) {
        report(messageOf(thrown));
        await clock.sleep(againAfterMs, closing.signal);
      }
    }
    return undefined;
  }

  return {
    async start() {
      const firsts = Array.from({ length: count }, (_, place) => {
        const first = bring(place);
        lives.add(
          first.then(
            (started) => keep(place, started),
            () => {},
          ),
        );
        return first;
      });
      const failed = (await Promise.allSettled(firsts)).find((first) => first.status === 'rejected');
      if (failed) throw failed.reason;
    },
    alive: () => alive,
    usage: () => sumOfUsage([usedByEnded, ...[...alive.values()].map((each) => each.usage())]),
    async kill(place, signal) {
      const target = alive.get(place);
      if (!target) throw new CodedError('instance_unknown', `There is no instance ${place} of ${door}.`);
      // As in Cloud Run, who is told to end is given no more requests.
      if (signal === 'SIGTERM') front.remove(target.socket);
      target.kill(signal);
      await target.ended;
    },
    async close() {
      closing.abort();
      await Promise.all([...alive.values()].map((each) => each.stop()));
      await Promise.all(lives);
    },
  };
}
