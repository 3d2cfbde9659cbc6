import type { JsonObject } from '../../../shared/core/json.ts';
import type { Job } from '../../../shared/jobs/index.ts';
import { kind, ms } from '../engine/part.ts';
import { fanOf } from '../engine/workloads/shapes.ts';
import { type Figure, figureOf } from '../figure.ts';
import { spanMs } from './chains.ts';
import { limitBeside } from './emulator-limit.ts';
import type { House } from './house.ts';
import { sizes } from './sizes.ts';
import { differenceOf, type Tally } from './tally.ts';

const patienceMs = 120_000;

/** W2: one job of very many parallel nodes and their join, four instances at once. */
export async function measureFans(house: House): Promise<readonly Figure[]> {
  await runFan(house, 1_000);
  const small = [];
  for (let round = 0; round < sizes.fanRounds; round++) small.push(await runFan(house, 1_000));
  const smallLimit = await limitBeside(house, 'W2 1,000', sizes.executors);
  const large = [await runFan(house, sizes.largeFanWidth)];
  const largeLimit = await limitBeside(house, 'W2 10,000', sizes.executors);
  const goals = { writes: 0.3, messages: 0.1, conflicts: 0.2 };
  return [...figuresOf(1_000, small, goals), smallLimit, ...figuresOf(sizes.largeFanWidth, large, goals), largeLimit];
}

interface FanRound {
  readonly tally: Tally;
  readonly job: Job;
}

async function runFan(house: House, width: number): Promise<FanRound> {
  const before = await house.tally();
  const id = await house.submit(fanOf(width) as unknown as JsonObject);
  const [job] = await house.observer.whenCompleted([id], patienceMs);
  return { tally: differenceOf(await house.tally(), before), job: job! };
}

interface Goals {
  readonly writes: number;
  readonly messages: number;
  readonly conflicts: number;
}

const writeKinds = {
  jobWrites: 'the job',
  pageWrites: 'its pages',
  auditWrites: 'audit',
  parcelWrites: 'parcels',
  textWrites: 'texts',
} as const;

function figuresOf(width: number, rounds: readonly FanRound[], goals: Goals): readonly Figure[] {
  const name = `W2 ${width.toLocaleString('en')}`;
  const nodes = width + 1;
  const of = (field: keyof Tally, share = nodes) => rounds.map(({ tally }) => tally[field] / share);
  const perCommit = rounds.map(({ tally }) => tally.refusedCommits / tally.commits);
  return [
    figureOf(`${name} writes per node`, of('writes'), kind('writes', 'lower', goals.writes)),
    figureOf(`${name} reads per node`, of('reads'), kind('reads', 'lower')),
    figureOf(`${name} deletes per node`, of('deletes'), kind('deletes', 'lower')),
    figureOf(`${name} messages per node`, of('messages'), kind('messages', 'lower', goals.messages)),
    figureOf(`${name} conflicts per commit`, perCommit, kind('conflicts', 'lower', goals.conflicts)),
    figureOf(`${name} commits refused`, of('refusedCommits', 1), kind('commits', 'lower')),
    figureOf(`${name} commits taken`, of('commits', 1), kind('commits', 'lower')),
    ...Object.entries(writeKinds).map(([field, what]) =>
      figureOf(`${name} writes of ${what}`, of(field as keyof Tally, 1), kind('writes', 'lower')),
    ),
    figureOf(`${name} CPU per node, all doors`, of('cpuMs'), ms()),
    figureOf(
      `${name} submit to completed`,
      rounds.map(({ job }) => spanMs([job])),
      ms(),
    ),
  ];
}
