import { codeOf } from '../../shared/core/error.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { pick } from './chance.ts';
import { type EngineProcess, startProcess } from './engine-process.ts';
import { startTicks } from './invoke.ts';
import type { World } from './world.ts';

/** The engines of a world, one a slot: who dies is replaced after a while, and whoever asks gets one that lives. */
export interface Staff {
  readonly deaths: number;
  /** Starts one in every slot. */
  start(): void;
  replace(name: string): void;
  at(slot: number): EngineProcess | undefined;
  any(): EngineProcess | undefined;
  /** Asks one after the other until one answers. */
  ask<T>(what: string, request: (engine: Engine) => Promise<T>): Promise<T>;
}

export function createStaff(world: () => World, quietAt: number): Staff {
  const slots: (EngineProcess | undefined)[] = [];
  let births = 0;
  let deaths = 0;

  function startIn(slot: number): void {
    births++;
    const born = startProcess(world(), `engine-${slot}.${births}`, births);
    slots[slot] = born.membrane.dead ? undefined : born;
  }

  function any(): EngineProcess | undefined {
    const alive = slots.filter((each) => each !== undefined);
    return alive.length > 0 ? pick(world().random, alive) : undefined;
  }

  return {
    get deaths() {
      return deaths;
    },
    start() {
      for (let slot = 0; slot < world().settings.slots; slot++) startIn(slot);
      if (world().settings.engine.invoked) startTicks(world());
    },
    replace(name) {
      deaths++;
      const { scheduler, random } = world();
      const slot = Number(/^engine-(\d+)/.exec(name)![1]);
      slots[slot] = undefined;
      const afterMs = scheduler.now() < quietAt ? 50 + random.next() * 8_000 : 100;
      scheduler.at(scheduler.now() + afterMs, () => startIn(slot));
    },
    at: (slot) => slots[slot],
    any,
    async ask(what, request) {
      for (;;) {
        const process = any();
        const answer = process && (await askOne(world(), process, what, request));
        if (answer) return answer.value;
        await world().scheduler.sleep(50 + world().random.next() * 500);
      }
    },
  };
}

/** Undefined when there is no answer: the process has died, or its store is away. */
async function askOne<T>(
  { scheduler, random, judge, trace, settings }: World,
  { name, engine, membrane, serve }: EngineProcess,
  what: string,
  request: (engine: Engine) => Promise<T>,
): Promise<{ value: T } | undefined> {
  const isInvoked = settings.engine.invoked === true;
  const { promise, resolve, reject } = Promise.withResolvers<{ value: T } | undefined>();
  scheduler.at(scheduler.now() + random.next() * 3, () =>
    membrane.deliver(() => {
      trace(`${name} is asked: ${what}`);
      serve(() => answered(engine, request, isInvoked)).then((value) => membrane.dead || resolve({ value }), reject);
    }),
  );
  try {
    return await Promise.race([promise, membrane.whenDead.then(() => undefined)]);
  } catch (error) {
    if (!codeOf(error).startsWith('store_')) judge.blame(`${what} was answered ${String(error)}`, error);
    return undefined;
  }
}

/** A door answers when everything that a request led to is with others. */
async function answered<T>(
  engine: EngineProcess['engine'],
  request: (engine: Engine) => Promise<T>,
  isInvoked: boolean,
): Promise<T> {
  const value = await request(engine);
  if (isInvoked) await engine.invocations.settled();
  return value;
}
