import type { BenchOptions } from '../../bench.ts';
import { found, kind, ms, type Part } from '../../engine/part.ts';
import { type Figure, figureOf } from '../../figure.ts';
import { quantile } from '../../statistics.ts';
import { sizes } from '../sizes.ts';
import { withRedis } from '../with-redis.ts';
import type { HandOverFound, HandOverGiven } from '../workloads/hand-over.ts';
import type { RateFound, RateGiven } from '../workloads/permit-rate.ts';
import { apart, inTurns } from './apart.ts';

const raw = 'raw EVALSHA';

/** Permits that are taken and given back by 64 workers, where nobody has to wait for one. */
export async function measurePermitRate(options: BenchOptions): Promise<Part> {
  const { rounds, permitWorkers: workers, permitLimit: limit, permitWarmUpMs: warmUpMs, permitMs } = sizes;
  const contestants = {
    'ours, 1 instance': 3,
    'ours, 4 instances': 3,
    'redis-semaphore': undefined,
    bottleneck: undefined,
  };
  const names = Object.keys(contestants);
  const measured = await inTurns(options, 'permits', rounds, [raw, ...names], (name) =>
    withRedis(({ port }) => {
      const clients = name.endsWith('4 instances') ? 4 : 1;
      const given = { name: name.split(',')[0]!, port, limit, clients, workers, warmUpMs, ms: permitMs };
      return apart<RateGiven, RateFound>('permit-rate', given);
    }),
  );
  const speeds = (name: string) => measured.get(name)!.map(({ perSecond }) => perSecond);
  const ratios = (name: string) => speeds(name).map((speed, round) => speed / speeds(raw)[round]!);
  return found([
    figureOf(raw, speeds(raw), kind('/s', 'higher')),
    ...Object.entries(contestants).map(([name, goal]) =>
      figureOf(`permit acquire + release ÷ ${raw}, ${name}`, ratios(name), kind('×', 'higher', goal)),
    ),
  ]);
}

interface Contest {
  readonly title: string;
  readonly limit: number;
  readonly clients: number;
  readonly holdMs: number;
}

/** More workers than permits. */
export async function measureHandOver(options: BenchOptions): Promise<Part> {
  const { contendedLimit, heldLimit, heldClients, heldMs } = sizes;
  const contests: readonly Contest[] = [
    { title: `limit ${contendedLimit}, 1 instance`, limit: contendedLimit, clients: 1, holdMs: 0 },
    {
      title: `limit ${heldLimit}, ${heldClients} instances, held ${heldMs} ms`,
      limit: heldLimit,
      clients: heldClients,
      holdMs: heldMs,
    },
  ];
  const figures: Figure[] = [];
  for (const contest of contests) figures.push(...(await measureContest(options, contest)));
  return found(figures);
}

async function measureContest(options: BenchOptions, contest: Contest): Promise<readonly Figure[]> {
  const { title, ...given } = contest;
  const goals = { ours: 10, 'redis-semaphore': undefined, bottleneck: undefined };
  const measured = await inTurns(options, `hand-over, ${title}`, sizes.rounds, Object.keys(goals), (name) =>
    withRedis(({ port }) =>
      apart<HandOverGiven, HandOverFound>('hand-over', {
        ...given,
        name,
        port,
        workers: sizes.permitWorkers,
        ms: sizes.handOverMs,
      }),
    ),
  );
  return Object.entries(goals).flatMap(([name, goal]) => {
    const rounds = measured.get(name)!;
    const p99s = (of: 'handOversMs' | 'waitsMs') => rounds.map((round) => quantile(round[of], 0.99));
    // Where permits are held, a wait is the length of the queue, which is nobody's merit or fault.
    const waits =
      contest.holdMs === 0 ? [figureOf(`wait for a permit p99, ${title}, ${name}`, p99s('waitsMs'), ms(goal))] : [];
    const most = figureOf(
      `most permits held at once, ${title}, ${name}`,
      rounds.map(({ heldMost }) => heldMost),
      kind('permits', 'lower', contest.limit),
    );
    return [
      figureOf(`hand-over p99, ${title}, ${name}`, p99s('handOversMs'), ms(goal)),
      ...waits,
      ...(goal && contest.holdMs > 0 ? [most] : []),
    ];
  });
}
