import type { BenchOptions } from '../../bench.ts';
import { found, kind, type Part } from '../../engine/part.ts';
import { type Figure, figureOf } from '../../figure.ts';
import { sizes } from '../sizes.ts';
import { withRedis } from '../with-redis.ts';
import type { CascadeFound, CascadeGiven } from '../workloads/cascade.ts';
import { apart, inTurns } from './apart.ts';

/** One of three targets goes down: what the other two lose. */
export async function measureCascade(options: BenchOptions): Promise<Part> {
  const { cascadeSlots: slots, cascadeInstances: instances, cascadePerSecond: perSecond } = sizes;
  const { cascadeCallMs: callMs, cascadeHungMs: hungMs, cascadePhaseMs: phaseMs } = sizes;
  const names = ['ours', 'no guards'];
  const measured = await inTurns(options, 'one of three targets down', sizes.cascadeRounds, names, (name) =>
    withRedis(({ url }) =>
      apart<CascadeGiven, CascadeFound>('cascade', { name, url, slots, instances, perSecond, callMs, hungMs, phaseMs }),
    ),
  );
  const figures = names.flatMap((name): Figure[] => {
    const rounds = measured.get(name)!;
    const lost = rounds.map(({ before, during }) => 100 * (1 - during / before));
    const goal = name === 'ours' ? 2 : undefined;
    return [
      figureOf(`two targets while the third is down: lost, ${name}`, lost, kind('%', 'lower', goal)),
      figureOf(
        `two targets before, ${name}`,
        rounds.map((round) => round.before),
        kind('/s', 'higher'),
      ),
    ];
  });
  return found(figures);
}
