import type { BreakerTransition } from '../../../shared/ports/index.ts';
import { type RunningRedis, startRedis } from '../../support/a-redis.ts';
import { type ChaosFleet, openChaosFleet } from './fleet.ts';
import type { Blow } from './judge.ts';
import { type Line, monotonicMs, readLogs } from './log.ts';
import type { Setting } from './setting.ts';

/** What was done, when, and what all processes made of it. */
export interface Story {
  readonly setting: Setting;
  /** Transitions that were kept for good. */
  readonly kept: readonly BreakerTransition[];
  readonly phases: readonly Phase[];
  readonly blows: readonly Blow[];
  readonly lines: readonly Line[];
}

export interface Phase {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Processes that nothing was done to throughout: their calls must go on. */
  readonly living: readonly string[];
}

export interface Plan {
  readonly setting: Omit<Setting, 'redisUrl'>;
  /** How often all of it is done. */
  readonly rounds: number;
  readonly acts: readonly ActName[];
  /** How long a phase lasts at least. */
  readonly phaseMs: number;
}

/** No two clocks agree, and none by less than seconds. */
const skewsMs = [0, 5_000, -5_000];

/** Everything that can happen to a fleet and its Redis, one after the other, under load. */
export async function runChaos({ setting: given, rounds, acts: names, phaseMs }: Plan): Promise<Story> {
  const redis = await startRedis();
  const setting = { ...given, redisUrl: redis.url };
  const phases: Phase[] = [];
  try {
    await using fleet = openChaosFleet(setting);
    await Promise.all(skewsMs.map((skewMs, at) => fleet.add(`first-${at}`, skewMs)));
    for (let round = 0; round < rounds; round++)
      for (const name of names)
        phases.push(await play(name, fleet, () => acts[name]({ fleet, redis, setting, round, phaseMs })));
    // The logs are read one after the other while their processes go on: what came after the end is in some and not in others.
    const end = phases.at(-1)!.to;
    const lines = readLogs(setting.dir).filter(({ at }) => at <= end);
    return { setting, kept: fleet.kept, phases, blows: fleet.blows, lines };
  } finally {
    redis.go();
    await redis.close();
  }
}

interface Stage {
  readonly fleet: ChaosFleet;
  readonly redis: RunningRedis;
  readonly setting: Setting;
  readonly round: number;
  readonly phaseMs: number;
}

async function play(name: string, fleet: ChaosFleet, act: () => Promise<void>): Promise<Phase> {
  const before = fleet.living();
  const from = monotonicMs();
  await act();
  const hurt = new Set(fleet.blows.filter(({ at }) => at >= from).map(({ who }) => who));
  return { name, from, to: monotonicMs(), living: before.filter((who) => !hurt.has(who)) };
}

/** In this order. Each leaves the fleet whole, and what it did is over. */
export const acts = {
  calm: ({ phaseMs }) => sleep(phaseMs),
  'target dead': async ({ fleet, phaseMs }) => {
    fleet.tell({ isDead: true });
    await sleep(phaseMs);
  },
  'target well again': async ({ fleet, phaseMs }) => {
    fleet.tell({ isDead: false });
    await sleep(phaseMs);
  },
  'instance stopped': async ({ fleet, setting, phaseMs }) => {
    const [who] = fleet.living();
    fleet.stop(who!);
    await sleep(1.5 * setting.leaseMs);
    fleet.go(who!);
    await sleep(phaseMs);
  },
  'instance killed': async ({ fleet, setting, round }) => {
    const [who] = fleet.living();
    await fleet.kill(who!);
    await sleep(2 * setting.leaseMs + 200);
    await fleet.add(`next-${round}`, skewsMs[round % skewsMs.length]!);
  },
  'Redis stopped': async ({ redis, phaseMs }) => {
    redis.stop();
    await sleep(phaseMs + redisPatienceMs);
    redis.go();
    await sleep(phaseMs);
  },
  'Redis killed': async ({ redis, phaseMs }) => {
    await redis.kill();
    await sleep(phaseMs);
    await redis.restartEmpty();
    await sleep(phaseMs + reconnectMs);
  },
  'target dead without Redis': async ({ fleet, redis, phaseMs }) => {
    await redis.kill();
    fleet.tell({ isDead: true });
    await sleep(phaseMs);
    await redis.restartEmpty();
    await sleep(phaseMs + reconnectMs);
    fleet.tell({ isDead: false });
    await sleep(phaseMs);
  },
} satisfies Readonly<Record<string, (stage: Stage) => Promise<void>>>;

export type ActName = keyof typeof acts;

/** A command is waited for so long, about; and who has lost Redis looks for it that seldom. */
const redisPatienceMs = 1_000;
const reconnectMs = 1_500;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
