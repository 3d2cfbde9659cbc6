import type { BenchOptions } from '../../bench.ts';
import { found, kind, type Part } from '../../engine/part.ts';
import { type Figure, figureOf } from '../../figure.ts';
import { sizes } from '../sizes.ts';
import { withRedis } from '../with-redis.ts';
import type { CommandsFound, CommandsGiven } from '../workloads/commands.ts';
import { apart } from './apart.ts';

/** As `INFO commandstats` counts them, nothing subtracted. */
export async function measureCommands({ tell }: BenchOptions): Promise<Part> {
  const { permitWorkers: workers, commandCallMs: callMs, commandMs: ms, permitWarmUpMs: warmUpMs } = sizes;
  const ways = [
    { guards: 'breaker', instances: 1, failing: 0 },
    { guards: 'breaker', instances: 4, failing: 0.01 },
    { guards: 'both', instances: 1, failing: 0.01 },
    { guards: 'both', instances: 4, failing: 0.01 },
  ] as const;
  const figures: Figure[] = [];
  for (const way of ways) {
    const { guards, instances, failing } = way;
    const what = guards === 'both' ? 'bulkhead and breaker' : 'breaker';
    const title = `${what}, ${workers} at once in ${instances} ${instances === 1 ? 'instance' : 'instances'}, ${100 * failing} % failing`;
    tell(`Redis commands: ${title}`);
    const { calls, sent, run } = await withRedis(({ port }) =>
      apart<CommandsGiven, CommandsFound>('commands', { ...way, port, workers, limit: workers, callMs, warmUpMs, ms }),
    );
    const perCall = (goal?: number) => kind('commands', 'lower', goal);
    figures.push(
      figureOf(`Redis commands per call, ${title}`, [sent / calls], perCall(0.05)),
      figureOf(`the same, with those inside of scripts`, [run / calls], perCall()),
    );
  }
  return found(figures);
}
