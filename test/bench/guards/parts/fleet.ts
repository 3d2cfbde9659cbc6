import type { BenchOptions } from '../../bench.ts';
import { found, kind, type Part } from '../../engine/part.ts';
import { type Figure, figureOf } from '../../figure.ts';
import { sizes } from '../sizes.ts';
import { withRedis } from '../with-redis.ts';
import type { OutageFound, OutageGiven } from '../workloads/outage.ts';
import { apart, inTurns } from './apart.ts';

/** The target of a whole fleet dies. */
export async function measureOutage(options: BenchOptions): Promise<Part> {
  const { instances, outageCallMs: callMs, outageOpenMs: openMs, outageWindows: windows } = sizes;
  const figures: Figure[] = [];
  for (const failures of [sizes.outageFailures, sizes.outageFailuresMany]) {
    const names = ['ours', 'cockatiel', 'opossum'];
    const measured = await inTurns(options, `outage, threshold ${failures}`, sizes.outageRounds, names, (name) =>
      withRedis(({ url }) => {
        const given = { name, url, instances, failures, openMs, callMs, wellMs: 1_000, windows };
        return apart<OutageGiven, OutageFound>('outage', given);
      }),
    );
    // One call at a time: nobody has more under way than there are instances.
    const goals = { wasted: failures + instances, probes: 1 };
    for (const name of names) {
      const rounds = measured.get(name)!;
      const title = `${instances} instances, target dies, threshold ${failures}, ${name}`;
      const goal = <Of extends keyof typeof goals>(of: Of) => (name === 'ours' ? goals[of] : undefined);
      const wasted = rounds.map((round) => round.wasted);
      const probes = rounds.map(({ probesPerWindow }) => probesPerWindow);
      figures.push(figureOf(`${title}: calls wasted`, wasted, kind('calls', 'lower', goal('wasted'))));
      figures.push(figureOf(`${title}: then, each open time`, probes, kind('probes', 'lower', goal('probes'))));
    }
  }
  return found(figures);
}
