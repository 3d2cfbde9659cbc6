import { kind, ms } from '../engine/part.ts';
import { type Figure, figureOf } from '../figure.ts';
import { quantile } from '../statistics.ts';
import type { EmbeddedRun } from './embedded.ts';
import type { Life } from './engine-place.ts';
import type { FleetRun } from './fleet-run.ts';
import type { DeathOf, Loss, Retry } from './moments.ts';
import { sizes } from './sizes.ts';
import type { Verdict } from './verdict.ts';

/** How late a retry may be. */
const lateMsMost = 250;

const late = (retries: readonly Retry[]) => retries.map(({ dueAt, firedAt }) => firedAt - dueAt);
const percent = (goal?: number) => kind('%', 'higher', goal);
const one = (name: string, value: number, what: Parameters<typeof figureOf>[2]): Figure =>
  figureOf(name, [value], what);

/** What became of the jobs: the same questions whoever ran them. */
export function verdictFigures(title: string, verdict: Verdict): readonly Figure[] {
  const { calls, failed, completed, completable } = verdict;
  const share = (count: number) => (100 * count) / calls.made;
  const none = (what: string, found: readonly string[]) =>
    one(`${title} ${what}`, found.length, kind('jobs', 'lower', 0));
  return [
    one(`${title} completed, of jobs whose faults pass`, (100 * completed) / completable, percent(99.5)),
    none('lost', verdict.lost),
    none('stuck', verdict.stuck),
    none('settled twice', verdict.doubleSettled),
    none('other breaches of law', verdict.unlawful),
    none('failed without a complete audit', verdict.failedWithoutTale),
    one(`${title} failed as they must`, failed.asTheyMust, kind('jobs', 'lower')),
    one(`${title} failed for want of attempts`, failed.outOfAttempts, kind('jobs', 'lower')),
    one(`${title} nodes`, verdict.nodes, kind('nodes', 'higher')),
    one(`${title} calls`, calls.made, kind('calls', 'lower')),
    one(`${title} calls made again after failures`, share(calls.again.afterFailure), kind('%', 'lower')),
    one(`${title} calls made again after kills`, share(calls.again.afterLoss), kind('%', 'lower')),
    one(`${title} nodes done more than once`, calls.doneTwice, kind('nodes', 'lower')),
  ];
}

/** An engine that is alone takes everything over when it starts, so that no lease is waited for. */
export function embeddedFigures(title: string, run: EmbeddedRun): readonly Figure[] {
  const { heard, unheard } = retriesByLife(run.retries, run.lives);
  return [
    ...verdictFigures(title, run.verdict),
    one(`${title} kills`, run.lives.length - 1, kind('kills', 'higher')),
    ...lossFigures(title, run.losses),
    one(`${title} retries |fired − due| p99`, quantile(late(heard), 0.99), ms(lateMsMost)),
    one(`${title} retries, largest`, quantile(late(heard), 1), ms()),
    one(`${title} retries that fell due around a kill, p99`, quantile(late(unheard), 0.99), ms()),
    one(`${title} retries`, run.retries.length, kind('retries', 'higher')),
    one(`${title} first submit to last end`, run.tookMs, ms()),
  ];
}

export function fleetFigures(title: string, run: FleetRun): readonly Figure[] {
  const { heard, unheard } = retriesByDeath(run.retries, run.deathOf);
  const { fleetLeaseMs: leaseMs, fleetTickMs } = sizes;
  return [
    ...verdictFigures(title, run.verdict),
    one(`${title} kills`, run.kills, kind('kills', 'higher')),
    ...lossFigures(title, run.losses, { detectedMs: leaseMs + fleetTickMs, progressMs: 1.5 * leaseMs }),
    one(`${title} retries |fired − due| p50`, quantile(late(heard), 0.5), ms()),
    one(`${title} retries |fired − due| p99`, quantile(late(heard), 0.99), ms(lateMsMost)),
    one(`${title} retries set just before a kill, p99`, quantile(late(unheard), 0.99), ms()),
    one(`${title} retries`, run.retries.length, kind('retries', 'higher')),
    one(`${title} first submit to last end`, run.tookMs, ms()),
  ];
}

/** The whole of one measurement: how many there are, the middle, and the one of a hundred. */
export function spanFigures(title: string, spans: readonly number[], goalMs: number): readonly Figure[] {
  return [
    one(`${title}, p50`, quantile(spans, 0.5), ms()),
    one(`${title}, p99`, quantile(spans, 0.99), ms(goalMs)),
    one(`${title}, measured`, spans.length, kind('times', 'higher')),
  ];
}

function lossFigures(title: string, losses: readonly Loss[], goals: Partial<Loss> = {}): readonly Figure[] {
  const [detected, progress] = [losses.map(({ detectedMs }) => detectedMs), losses.map(({ progressMs }) => progressMs)];
  return [
    one(`${title} attempts lost with their executor`, losses.length, kind('attempts', 'lower')),
    one(`${title} kill to detected, p50`, quantile(detected, 0.5), ms()),
    one(`${title} kill to detected, p99`, quantile(detected, 0.99), ms(goals.detectedMs)),
    one(`${title} kill to progress, p99`, quantile(progress, 0.99), ms(goals.progressMs)),
  ];
}

/** An alarm is out a moment after it was set; whoever dies within that takes it along, and the sweep finds the retry. */
const alarmMsMost = 500;

export function retriesByDeath(retries: readonly Retry[], deathOf: DeathOf) {
  const isHeard = ({ setAt, owner }: Retry) => {
    const diedAt = deathOf(owner, setAt, setAt + alarmMsMost) ?? Infinity;
    return diedAt < setAt || diedAt > setAt + alarmMsMost;
  };
  return { heard: retries.filter(isHeard), unheard: retries.filter((retry) => !isHeard(retry)) };
}

/** Nobody can fire on time who is dead when it is due, or dies before it would be late. */
export function retriesByLife(retries: readonly Retry[], lives: readonly Life[]) {
  const isHeard = ({ dueAt }: Retry) =>
    lives.some(
      ({ listensAt = Infinity, signalledAt = Infinity }) => listensAt <= dueAt && dueAt + lateMsMost < signalledAt,
    );
  return { heard: retries.filter(isHeard), unheard: retries.filter((retry) => !isHeard(retry)) };
}
