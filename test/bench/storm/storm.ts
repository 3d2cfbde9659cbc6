import { CodedError } from '../../../shared/core/error.ts';
import { seededRandom } from '../../../shared/core/random.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import type { EngineOptions } from '../../../shared/engine/parts.ts';
import { anEngine } from '../../support/an-engine.ts';

/** Jobs that come at a steady rate and call one target, which is sick for some time. Times are seconds of a clock that is moved. */
export interface Storm {
  readonly seed: number;
  readonly nodesPerJob: number;
  readonly jobs: number;
  /** From one job to the next. */
  readonly everySeconds: number;
  readonly retry: object;
  readonly options: EngineOptions;
  /** The part of its calls that fails at this time, from 0 to 1. */
  sickness(second: number): number;
  /** What a call that fails asks for. */
  retryAfter?(second: number): number;
  /** It ends when all jobs have, or then. */
  readonly seconds: number;
}

export interface Call {
  /** When it began, in seconds since the first job came. */
  readonly at: number;
  readonly isFirst: boolean;
  readonly isFailure: boolean;
}

export interface Weathered {
  readonly calls: readonly Call[];
  readonly jobsDone: number;
  readonly reports: readonly string[];
}

const callMs = 50;

/** The real engine, over the adapters in memory. */
export async function weather(storm: Storm): Promise<Weathered> {
  const calls: Call[] = [];
  const chance = seededRandom(storm.seed);
  const held = await anEngine({
    options: { alone: true, ...storm.options },
    register(engine: Engine) {
      engine.registerHandler('work', async (_, { attempt }) => {
        const at = secondsNow();
        const isFailure = chance.next() < storm.sickness(at);
        calls.push({ at, isFirst: attempt === 1, isFailure });
        await held.clock.sleep(callMs);
        if (!isFailure) return null;
        const retryAfter = storm.retryAfter && { retryAfter: storm.retryAfter(at) * 1_000 };
        throw Object.assign(new CodedError('busy', 'the target is sick'), retryAfter);
      });
    },
  });
  const { clock, engine } = held;
  const since = clock.now();
  const secondsNow = () => (clock.now() - since) / 1_000;
  const jobIds: string[] = [];
  for (let job = 0; job < storm.jobs; job++) {
    jobIds.push(await held.submit(jobOf(storm)));
    await clock.advance(storm.everySeconds * 1_000);
  }
  let done = await jobsDone(engine, jobIds);
  for (; done < jobIds.length && secondsNow() < storm.seconds; done = await jobsDone(engine, jobIds))
    await clock.advance(10_000);
  const stopped = engine.stop(0);
  await clock.advance(60_000);
  await stopped;
  return { calls, jobsDone: done, reports: held.reports };
}

function jobOf({ nodesPerJob, retry }: Storm) {
  const nodes = Array.from({ length: nodesPerJob }, (_, at) => ({ id: `n${at}`, type: 'function', handler: 'work' }));
  return { name: 'storm', retry, nodes };
}

async function jobsDone(engine: Engine, jobIds: readonly string[]): Promise<number> {
  const jobs = await Promise.all(jobIds.map((jobId) => engine.get(jobId)));
  return jobs.filter((job) => job!.header.state === 'completed').length;
}
