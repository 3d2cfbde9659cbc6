import { join } from 'node:path';
import { openSqliteStore } from '../../../shared/adapters/sqlite/job-store.ts';
import type { Clock } from '../../../shared/core/clock.ts';
import type { AuditLine, Job } from '../../../shared/jobs/index.ts';
import { streamOf } from '../../simulation/chance.ts';
import { type EnginePlace, type Life, openEnginePlace } from './engine-place.ts';
import type { FaultShares } from './fate.ts';
import { killAgain } from './kill-again.ts';
import { type Loss, lossesOf, type Retry, retriesOf } from './moments.ts';
import { plansOf } from './plans.ts';
import { httpCaller } from './shapes.ts';
import { sizes } from './sizes.ts';
import { type Accepted, submitPlans } from './submit-plans.ts';
import { openTarget } from './target.ts';
import { judgeRun, type Verdict } from './verdict.ts';
import { whenAllEnded } from './when-all-ended.ts';

export interface EmbeddedOptions {
  readonly clock: Clock;
  readonly seed: number;
  readonly jobs: number;
  readonly shares: FaultShares;
  /** A folder of its own, for the store. */
  readonly dir: string;
  readonly perSecond?: number;
  /** Only own shapes, where the recordings beside the project would be too much. */
  readonly ownShapesOnly?: boolean;
}

/** What a run of engines that were killed one after the other has left behind. */
export interface EmbeddedRun {
  readonly verdict: Verdict;
  readonly lives: readonly Life[];
  readonly losses: readonly Loss[];
  readonly retries: readonly Retry[];
  readonly strangers: readonly string[];
  readonly complaints: readonly string[];
  readonly tookMs: number;
}

/** One engine at a time on one SQLite file, killed every two seconds and started anew, until every job has ended or patience has. */
export async function runEmbedded(options: EmbeddedOptions): Promise<EmbeddedRun> {
  const { clock, seed, shares, dir, jobs, perSecond = sizes.jobsPerSecond } = options;
  const path = join(dir, 'jobs.db');
  const begun = clock.now();
  await using target = await openTarget({ clock, seed, shares });
  const plans = plansOf(
    seed,
    jobs,
    httpCaller(target.url, sizes.callTimeoutMs),
    options.ownShapesOnly ? {} : undefined,
  );
  const { graceMs } = sizes;
  await using place = await openEnginePlace({ clock, store: `sqlite:${path}`, target: target.host, graceMs });
  const accepted = await underKills(clock, seed, place, async () => {
    const all = await submitPlans(clock, place.url, plans, perSecond);
    await whenAllEnded(clock, place.url, sizes.patienceMs);
    return all;
  });
  await place.end('SIGTERM');
  const tookMs = clock.now() - begun;
  const store = openSqliteStore(path);
  try {
    return { ...(await judge(accepted)), tookMs };
  } finally {
    store.close();
  }

  async function judge(all: readonly Accepted[]): Promise<Omit<EmbeddedRun, 'tookMs'>> {
    const losses: Loss[] = [];
    const retries: Retry[] = [];
    const see = (_: Job, lines: readonly AuditLine[]) => {
      losses.push(...lossesOf(lines, deathIn(place.lives)));
      retries.push(...retriesOf(lines));
    };
    const verdict = await judgeRun(store, all, target.calls, clock.now(), see);
    const { strangers } = target;
    return { verdict, lives: place.lives, losses, retries, strangers, complaints: place.complaints() };
  }
}

async function underKills<T>(clock: Clock, seed: number, place: EnginePlace, work: () => Promise<T>): Promise<T> {
  let begun = place.start();
  await using _killing = killAgain(clock, streamOf(seed, -1), async () => {
    await begun;
    const { answersAt = 0 } = place.lives.at(-1)!;
    await clock.sleep(answersAt + sizes.lifeMsLeast - clock.now());
    await place.end('SIGKILL');
    begun = place.start();
  });
  return await work();
}

/** One engine at a time: who claimed died at the first death after that. */
function deathIn(lives: readonly Life[]) {
  return (_owner: string, claimedAt: number, lostAt: number) =>
    lives.find(({ endedAt }) => endedAt !== undefined && endedAt >= claimedAt && endedAt <= lostAt)?.endedAt;
}
