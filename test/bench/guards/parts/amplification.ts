import type { BenchOptions } from '../../bench.ts';
import { found, kind, type Part } from '../../engine/part.ts';
import { figureOf } from '../../figure.ts';
import { sizes } from '../sizes.ts';
import type { AmplificationFound, AmplificationGiven } from '../workloads/amplification.ts';
import { apart } from './apart.ts';

/** What retries add to the calls of a fleet whose target is out. */
export async function measureAmplification({ tell }: BenchOptions): Promise<Part> {
  const { budgetInstances: instances, budgetPerSecond: perSecond, budgetSeconds: seconds } = sizes;
  tell('retries in a total outage');
  const given = { instances, perSecond, seconds };
  const { whole, later } = await apart<AmplificationGiven, AmplificationFound>('amplification', given);
  const perFirst = (goal?: number) => kind('calls per first call', 'lower', goal);
  return found([
    figureOf(`total outage of ${seconds} s, ${instances} instances, retry budget`, [whole], perFirst()),
    figureOf('the same after its first 10 s', [later], perFirst(1.01)),
  ]);
}
