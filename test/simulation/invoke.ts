import type { Invocations } from '../../shared/engine/invocations.ts';
import type { NodeMessage } from '../../shared/ports/index.ts';
import type { EngineProcess } from './engine-process.ts';
import type { World } from './world.ts';

/** How long a request may take here; short ones are handed back in the middle. */
export const requestMs = (world: World) => world.settings.engine.leaseMs! * 3 + 15_000;

const deliveriesMax = 5;

/** They have no time by which they must be answered: one that breaks off with a store that is away would work on behind its answer. */
type Work = (invocations: Invocations, until: number) => Promise<unknown>;

/**
 * What Pub/Sub, Cloud Run and Cloud Scheduler do for engines that are invoked: a message comes to any process that lives; one that is
 * refused, or whose process dies, comes again. False when it was given up.
 */
export async function invoke(world: World, what: string, work: Work): Promise<boolean> {
  const { scheduler, random } = world;
  for (let delivery = 1; delivery <= deliveriesMax; delivery++) {
    const process = world.anyProcess();
    if (process && (await deliver(world, process, what, work))) return true;
    await scheduler.sleep(500 + random.next() * 5_000);
  }
  return false;
}

function deliver(world: World, process: EngineProcess, what: string, work: Work): Promise<boolean> {
  const { scheduler, random } = world;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  void process.membrane.whenDead.then(() => resolve(false));
  scheduler.at(scheduler.now() + random.next() * 50, () =>
    process.membrane.deliver(() => {
      const until = scheduler.now() + requestMs(world);
      process
        .serve(() => work(process.engine.invocations, until))
        .then(
          () => resolve(true),
          (error: unknown) => {
            world.trace(`${process.name} answers 503 to ${what}: ${String(error)}`);
            resolve(false);
          },
        );
    }),
  );
  return promise;
}

/** A message that comes to nothing with every delivery is a dead letter. */
export async function pushNode(world: World, message: NodeMessage): Promise<void> {
  const done = await invoke(world, 'nodes', (door, until) => door.runNodes([message], until, Infinity));
  if (!done) await invoke(world, 'a dead letter', (door) => door.giveUpMessage([message], 'a dead letter'));
}

export async function pushAlarm(world: World, jobId: string, at: number): Promise<void> {
  await world.scheduler.sleep(at - world.scheduler.now());
  await invoke(world, 'an alarm', (door) => door.checkJobs([jobId]));
}

/** A tick for each period, to anybody; what will be due before the next one is announced. */
export function startTicks(world: World): void {
  const periodMs = world.settings.engine.sweepMs!;
  const horizonMs = periodMs * 1.25;
  const tick = async (door: Invocations, until: number): Promise<void> => {
    await door.sweep(
      horizonMs,
      until,
      async (soon) => {
        if (!world.settings.deaf) for (const { jobId, at } of soon) void pushAlarm(world, jobId, at);
      },
      Infinity,
    );
  };
  const next = (): void => {
    void invoke(world, 'a tick', tick);
    world.scheduler.at(world.scheduler.now() + periodMs, next);
  };
  world.scheduler.at(world.scheduler.now() + periodMs, next);
}
