import { machineRandom } from '../../../shared/adapters/machine/random.ts';
import type { Clock } from '../../../shared/core/clock.ts';
import { newId } from '../../../shared/core/id.ts';
import type { JobStore } from '../../../shared/ports/index.ts';
import { type Fleet, openFleet } from '../../../shared/wiring/fleet/fleet.ts';
import { openFirestore } from '../../../shared/wiring/open-firestore.ts';
import type { FaultShares } from './fate.ts';
import { noBudget } from './no-budget.ts';
import { sizes } from './sizes.ts';
import { openTarget, type Target } from './target.ts';

export interface Hosts {
  readonly firestore: string;
  readonly pubsub: string;
}

/** Several executors behind real pushes, what they call, and the store as it is. All of it goes with who opened it. */
export interface ChaosFleet extends AsyncDisposable {
  readonly project: string;
  readonly hosts: Hosts;
  readonly fleet: Fleet;
  readonly target: Target;
  readonly store: JobStore;
}

export interface ChaosFleetOptions {
  readonly clock: Clock;
  readonly seed: number;
  readonly hosts: Hosts;
  readonly shares: FaultShares;
  /** How often the sweep is asked for. */
  readonly tickMs: number;
  tell(line: string): void;
}

export async function openChaosFleet({
  clock,
  seed,
  hosts,
  shares,
  tickMs,
  tell,
}: ChaosFleetOptions): Promise<ChaosFleet> {
  await using opened = new AsyncDisposableStack();
  const project = `chaos-${newId(clock.now(), machineRandom)}`;
  const target = opened.use(await openTarget({ clock, seed, shares }));
  const place = { kind: 'firestore', project, database: '(default)', retentionMs: 86_400_000 } as const;
  const { store, close } = await openFirestore({ ...place, emulatorHost: hosts.firestore }, clock, machineRandom);
  opened.defer(close);
  const ours = {
    CHAOS_TARGET: target.url,
    BREAKWATER_HANDLERS: `${import.meta.dirname}/handlers.ts`,
    BREAKWATER_LEASE: `${sizes.fleetLeaseMs}ms`,
    BREAKWATER_SWEEP: `${sizes.fleetSweepMs}ms`,
    ...noBudget,
  };
  const fleet = await openFleet({
    clock,
    project,
    hosts,
    env: { ...process.env, ...ours },
    instances: { 'execute-nodes': sizes.fleetExecutors },
    tickMs,
    report: (sentence) => /SIGKILL|SIGTERM/.test(sentence) || tell(sentence),
  });
  opened.defer(() => fleet.close());
  const kept = opened.move();
  return { project, hosts, fleet, target, store, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
