import type { Clock } from '../../../shared/core/clock.ts';
import type { AuditLine, Job } from '../../../shared/jobs/index.ts';
import type { Fleet, Instance } from '../../../shared/wiring/fleet/fleet.ts';
import { dropPushes } from '../../cloud/drop-pushes.ts';
import { pick, streamOf } from '../../simulation/chance.ts';
import type { ChaosFleet } from './fleet.ts';
import { killAgain } from './kill-again.ts';
import { type DeathOf, type Loss, lossesOf, progressAfter, type Retry, retriesOf } from './moments.ts';
import { plansOf } from './plans.ts';
import { handlerCaller, jobOf } from './shapes.ts';
import { sizes } from './sizes.ts';
import { slowPlans, slowTimeoutMs } from './stops.ts';
import { type Accepted, submitPlans } from './submit-plans.ts';
import type { Call } from './target.ts';
import { judgeRun, type Verdict } from './verdict.ts';
import { whenAllEnded } from './when-all-ended.ts';

/** An instance, and when it was gone, or told to go. */
interface Death {
  readonly pid: number;
  readonly at: number;
}

export interface FleetRun {
  readonly verdict: Verdict;
  readonly kills: number;
  readonly losses: readonly Loss[];
  readonly retries: readonly Retry[];
  readonly deathOf: DeathOf;
  readonly tookMs: number;
}

/** Own shapes on instances that share a store; one of those that execute nodes is killed every two seconds. */
export async function runFleet(clock: Clock, seed: number, jobs: number, chaos: ChaosFleet): Promise<FleetRun> {
  const { fleet, store, target } = chaos;
  const begun = clock.now();
  const caller = handlerCaller(sizes.fleetCallTimeoutMs);
  const random = streamOf(seed, -2);
  const deaths: Death[] = [];
  const kill = async () => {
    const executors = executorsOf(fleet);
    if (executors.length > 0) deaths.push(await end(clock, fleet, pick(random, executors), 'SIGKILL'));
  };
  const accepted = await underKills(async () => {
    const all = await submitPlans(clock, fleet.url, plansOf(seed, jobs, caller, {}), sizes.fleetJobsPerSecond);
    await whenAllEnded(clock, fleet.url, sizes.patienceMs);
    return all;
  });
  const tookMs = clock.now() - begun;
  const seen: { job: Job; lines: readonly AuditLine[] }[] = [];
  const verdict = await judgeRun(store, accepted, target.calls, clock.now(), (job, lines) => seen.push({ job, lines }));
  const deathOf = deathsIn(seen, target.calls, deaths);
  return {
    verdict,
    kills: deaths.length,
    losses: seen.flatMap(({ lines }) => lossesOf(lines, deathOf)),
    retries: seen.flatMap(({ lines }) => retriesOf(lines)),
    deathOf,
    tookMs,
  };

  async function underKills(work: () => Promise<readonly Accepted[]>): Promise<readonly Accepted[]> {
    await using _killing = killAgain(clock, random, kill);
    return await work();
  }
}

const executorsOf = (fleet: Fleet) => fleet.instances().filter(({ door }) => door === 'execute-nodes');

async function end(clock: Clock, fleet: Fleet, { door, place, pid }: Instance, signal: NodeJS.Signals): Promise<Death> {
  const at = clock.now();
  await fleet.kill(door, place, signal);
  return { pid, at };
}

/**
 * Who claimed is known by an owner's name, and who called by its process; where they are the same attempt, the two are the same. Of an owner
 * that made no call it is the first that died after its claim, which may make a figure worse than it is, and never better.
 */
function deathsIn(
  seen: readonly { readonly job: Job; readonly lines: readonly AuditLine[] }[],
  calls: readonly Call[],
  deaths: readonly Death[],
) {
  const pids = pidsOf(calls);
  const owners = new Map<string, number>();
  for (const { job, lines } of seen)
    for (const { event, node, attempt, by } of lines) {
      const pid = event === 'claimed' ? pids.get(keyOf(job.id, node, attempt)) : undefined;
      if (pid !== undefined && by !== undefined) owners.set(by, pid);
    }
  return (owner: string, claimedAt: number, lostAt: number) => {
    const pid = owners.get(owner);
    const fits = (death: Death) =>
      pid === undefined ? death.at >= claimedAt && death.at <= lostAt : death.pid === pid;
    return deaths.find(fits)?.at;
  };
}

/** One executor after the other is told to end; how long until each of its calls had ended, or was made elsewhere. */
export async function measureFleetStops(
  clock: Clock,
  seed: number,
  { fleet, store, target }: ChaosFleet,
): Promise<readonly number[]> {
  const accepting = submitPlans(clock, fleet.url, slowPlans(seed, handlerCaller(slowTimeoutMs)), sizes.jobsPerSecond);
  const ends: Death[] = [];
  for (let stop = 0; stop < sizes.stops; stop++) {
    await clock.sleep(sizes.stopEveryMs);
    const [executor] = executorsOf(fleet);
    if (executor) ends.push(await end(clock, fleet, executor, 'SIGTERM'));
  }
  const accepted = await accepting;
  await whenAllEnded(clock, fleet.url, sizes.patienceMs);
  const pids = pidsOf(target.calls);
  const found: number[] = [];
  for (const { jobId } of accepted) {
    const lines = await store.readAudit(jobId, 0, 1_000);
    for (const { pid, at } of ends)
      found.push(...progressAfter(lines, at, (claim) => pids.get(keyOf(jobId, claim.node, claim.attempt)) === pid));
  }
  return found;
}

const keyOf = (jobId: string, nodeId: string | undefined, attempt: number | undefined) =>
  `${jobId}/${nodeId} ${attempt}`;

const pidsOf = (calls: readonly Call[]): ReadonlyMap<string, number> =>
  new Map(calls.map(({ jobId, nodeId, attempt, pid }) => [keyOf(jobId, nodeId, attempt), pid]));

/** No message of a node arrives any more: how long until each is claimed all the same, by the sweep alone. */
export async function measureLostMessages(clock: Clock, chaos: ChaosFleet): Promise<readonly number[]> {
  const { fleet, store, project, hosts } = chaos;
  await dropPushes(hosts.pubsub, project, ['nodesHigh', 'nodes', 'nodesLow']);
  const call = handlerCaller(sizes.fleetCallTimeoutMs);
  const plans = Array.from({ length: sizes.lostMessages }, (_, place) => {
    const name = `unheard-${place}`;
    return { name, document: jobOf(name, [{ id: 'a', ...call({}) }]), ends: 'completed' } as const;
  });
  const accepted = await submitPlans(clock, fleet.url, plans, sizes.fleetJobsPerSecond);
  await whenAllEnded(clock, fleet.url, sizes.patienceMs);
  const lines = await Promise.all(accepted.map(({ jobId }) => store.readAudit(jobId, 0, 1_000)));
  return lines.map((each) => {
    const atOf = (event: AuditLine['event']) => each.find((line) => line.event === event)?.at ?? Infinity;
    return atOf('claimed') - atOf('submitted');
  });
}
