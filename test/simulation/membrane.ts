import type { FaultKind } from './faults.ts';
import type { World } from './world.ts';

/** The skin of a process: whatever it asks of the world goes out here, and comes in here, or nowhere once it is dead. */
export interface Membrane {
  readonly name: string;
  readonly dead: boolean;
  /** Who waits for an answer of this process. */
  waiting: number;
  readonly whenDead: Promise<void>;
  kill(because: string): void;
  freeze(ms: number): void;
  /** Comes in now, after the freeze, or never. */
  deliver(run: () => void): void;
  /** Asks for a fault at this point. Death and freezing are dealt with here; `dead` tells whether it died before its call. */
  faultAt(point: string, kinds: readonly FaultKind[]): FaultKind | undefined;
}

export function createMembrane(world: World, name: string): Membrane {
  const { scheduler, faults } = world;
  const { promise: whenDead, resolve: die } = Promise.withResolvers<void>();
  let dead = false;
  let frozenUntil = 0;

  const membrane: Membrane = {
    name,
    get dead() {
      return dead;
    },
    waiting: 0,
    whenDead,
    kill(because) {
      if (dead) return;
      dead = true;
      world.trace(`${name} dies: ${because}`);
      world.onDeath(name);
      die();
    },
    freeze(ms) {
      frozenUntil = scheduler.now() + ms;
      world.trace(`${name} freezes for ${ms} ms`);
    },
    deliver(run) {
      if (dead) return;
      if (scheduler.now() < frozenUntil) scheduler.at(frozenUntil, () => membrane.deliver(run));
      else run();
    },
    faultAt(point, kinds) {
      if (dead) return undefined;
      if (world.settings.engine.invoked && membrane.waiting === 0)
        world.judge.blame(`${name} works at ${point} while nobody waits for it`);
      const fault = faults.at(point, kinds, scheduler.now());
      if (fault) world.trace(`${name} ${fault} at ${point}`);
      if (fault === 'diesBefore') membrane.kill(`before ${point}`);
      if (fault === 'frozen') membrane.freeze(world.settings.engine.leaseMs! * 1.5);
      return fault;
    },
  };
  return membrane;
}
