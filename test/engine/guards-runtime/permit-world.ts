import { createMemoryPermits } from '../../../shared/adapters/memory/permits.ts';
import type { Clock } from '../../../shared/core/clock.ts';
import { CodedError } from '../../../shared/core/error.ts';
import type { Random } from '../../../shared/core/random.ts';
import type { PermitEars, Permits } from '../../../shared/ports/index.ts';

/** A store of permits that many processes reach over a network which delays and loses, and that can be away or come back empty. */
export interface PermitWorld {
  /** As one process reaches it. */
  permitsOf(process: Process): Permits;
  leave(): void;
  comeBack(isEmpty: boolean): void;
  readonly isAway: boolean;
}

export interface WorldSettings {
  readonly delayMsMost: number;
  /** Share of answers and of messages that are lost on their way. */
  readonly lost: number;
}

/** What a process does can be stopped as by SIGSTOP, or ended. */
export interface Process {
  readonly clock: Clock;
  /** Waits for as long as it is stopped; for ever once it was killed. */
  turn(): Promise<void>;
  stop(): void;
  go(): void;
  kill(): void;
  readonly isDead: boolean;
  /** How often it was stopped. */
  readonly stops: number;
}

export function createProcess(world: Clock): Process {
  let stopped: PromiseWithResolvers<void> | undefined;
  let isDead = false;
  let stops = 0;
  const turn = () => stopped?.promise ?? Promise.resolve();
  return {
    clock: {
      now: world.now,
      async sleep(ms, signal) {
        await world.sleep(ms, signal);
        await turn();
      },
    },
    turn,
    stop() {
      stops++;
      stopped ??= Promise.withResolvers();
    },
    go() {
      stopped?.resolve();
      stopped = undefined;
    },
    kill() {
      isDead = true;
      stopped = Promise.withResolvers();
    },
    get isDead() {
      return isDead;
    },
    get stops() {
      return stops;
    },
  };
}

export function createPermitWorld(clock: Clock, random: Random, settings: WorldSettings): PermitWorld {
  const { delayMsMost, lost } = settings;
  let store = createMemoryPermits(clock);
  let isAway = false;
  const watchers = new Set<{ readonly instance: string; readonly ears: PermitEars; stop: () => void }>();

  const travel = () => clock.sleep(random.next() * delayMsMost);
  const fail = () => new CodedError('redis_unavailable', 'the store is away');

  /** Told in order, as on one connection. */
  function earsOf(process: Process, on: PermitEars): PermitEars {
    let last: Promise<void> = Promise.resolve();
    const deliver = (what: () => void, isLost = false) => {
      const travelled = travel();
      last = last.then(async () => {
        await travelled;
        await process.turn();
        if (!isLost) what();
      });
    };
    return {
      onGrant(pool, granted, leftMs) {
        const until = clock.now() + leftMs;
        deliver(() => on.onGrant(pool, granted, until - clock.now()), random.next() < lost);
      },
      onWanted: (pool, headMs) => deliver(() => on.onWanted(pool, headMs), random.next() < lost),
      onDoubt: () => deliver(on.onDoubt),
      onAway: (because) => deliver(() => on.onAway(because)),
    };
  }

  return {
    permitsOf: (process) => ({
      async ask(instance, wishes) {
        await travel();
        await process.turn();
        if (isAway) throw fail();
        const asked = store;
        const answers = await asked.ask(instance, wishes);
        await travel();
        const isLost = isAway || asked !== store || random.next() < lost;
        await process.turn();
        if (isLost) throw fail();
        return answers;
      },
      readAll: () => store.readAll(),
      watch(instance, on) {
        const watcher = { instance, ears: earsOf(process, on), stop: () => {} };
        watcher.stop = store.watch(instance, watcher.ears);
        watchers.add(watcher);
        return () => {
          watcher.stop();
          watchers.delete(watcher);
        };
      },
    }),
    leave() {
      isAway = true;
      for (const { ears } of watchers) ears.onAway('the store is away');
    },
    comeBack(isEmpty) {
      isAway = false;
      if (isEmpty) store = createMemoryPermits(clock);
      for (const watcher of watchers) {
        watcher.stop();
        watcher.stop = store.watch(watcher.instance, watcher.ears);
        if (!isEmpty) watcher.ears.onDoubt();
      }
    },
    get isAway() {
      return isAway;
    },
  };
}
