import { defaultBudgetRules } from '../../../shared/policy/budget/index.ts';
import type { Bench, BenchOptions, Findings } from '../bench.ts';
import { type Figure, figureOf, type Kind } from '../figure.ts';
import { callsPerFirst, peakToMean, worstMinute } from './measures.ts';
import { type Storm, type Weathered, weather } from './storm.ts';

/** What guards of targets make of a sick target, each time beside the same run without them. */
export const stormBench: Bench = {
  about: 'retries at a target that fails half of its calls, is away for minutes, or sends 10,000 away at once',
  run,
};

const unbounded = { retryBudget: { share: 1_000, floor: 1e9 } };
const perFirst: Kind = { unit: 'calls per first attempt', better: 'lower' };
const unevenness: Kind = { unit: 'peak/mean', better: 'lower' };
const patient = { strategy: 'exponential', delay: '1s', maxDelay: '60s', maxAttempts: 1_000 };

async function run({ seed = 1, tell }: BenchOptions): Promise<Findings> {
  const brew = async (name: string, storm: Storm): Promise<Weathered> => {
    tell(name);
    const found = await weather(storm);
    tell(`  ${found.calls.length} calls, ${found.jobsDone} of ${storm.jobs} jobs completed`);
    for (const report of found.reports.slice(0, 3)) tell(`  reported: ${report}`);
    return found;
  };
  const figures = [...(await halfSick(seed, brew)), ...(await outage(seed, brew)), ...(await synchronised(seed, brew))];
  const { share, floor } = defaultBudgetRules;
  return {
    settings: { seed, share, floor, callMs: 50, engine: 'real, over memory adapters, moved clock' },
    figures,
    skipped: [],
  };
}

type Brew = (name: string, storm: Storm) => Promise<Weathered>;

/** 100 first attempts a second for five minutes, half of all calls fail. */
async function halfSick(seed: number, brew: Brew): Promise<Figure[]> {
  const storm = (options: Storm['options']): Storm => {
    const load = { nodesPerJob: 100, jobs: 300, everySeconds: 1, seconds: 300 };
    return { seed, ...load, retry: { ...patient, maxDelay: '10s' }, options, sickness: () => 0.5 };
  };
  const guarded = await brew('50 % failing, with the budget', storm({}));
  const free = await brew('50 % failing, without a budget', storm(unbounded));
  return [
    figureOf('50 % failing, budget', [callsPerFirst(guarded.calls, 0, 300)], { ...perFirst, goal: 1.2 }),
    figureOf('50 % failing, budget, worst minute', [worstMinute(guarded.calls, 300)], perFirst),
    figureOf('50 % failing, no budget', [callsPerFirst(free.calls, 0, 300)], perFirst),
  ];
}

/** 100 first attempts a second for 100 s; after 20 s the target is away for five minutes. All jobs are waited for. */
async function outage(seed: number, brew: Brew): Promise<Figure[]> {
  const sickness = (second: number) => Number(second >= 20 && second < 320);
  const storm = (retry: object, options: Storm['options']): Storm => {
    return { seed, nodesPerJob: 100, jobs: 100, everySeconds: 1, seconds: 7_200, retry, options, sickness };
  };
  const breaker = { strategy: 'circuit_breaker', delay: '1s', maxAttempts: 50 };
  const guarded = await brew('outage of 5 min, circuit_breaker', storm(breaker, {}));
  const budget = await brew('outage of 5 min, exponential with the budget', storm(patient, {}));
  const free = await brew('outage of 5 min, exponential without guards', storm(patient, unbounded));
  return [
    figureOf('outage, circuit_breaker', [callsPerFirst(guarded.calls)], { ...perFirst, goal: 1.05 }),
    figureOf('outage, exponential, budget', [callsPerFirst(budget.calls)], perFirst),
    figureOf('outage, exponential, no guard', [callsPerFirst(free.calls)], perFirst),
  ];
}

/** 10,000 first attempts fail within a second, and so does every call of two minutes. Then it is well again: how do the retries come? */
async function synchronised(seed: number, brew: Brew): Promise<Figure[]> {
  const wellAt = 120;
  const sickness = (second: number) => Number(second < wellAt);
  const storm = (retry: object, options: Storm['options'], more: Partial<Storm> = {}): Storm => {
    const load = { nodesPerJob: 1_000, jobs: 10, everySeconds: 0, seconds: 7_200 };
    return { seed, ...load, retry, options: { concurrency: 10_000, ...options }, sickness, ...more };
  };
  const waves: [name: string, storm: Storm, goal?: number][] = [
    ['all told to come back then', storm(patient, unbounded, { retryAfter: (second) => wellAt - second })],
    ['fixed 60 s, no jitter', storm({ strategy: 'fixed', delay: '60s', maxAttempts: 50 }, unbounded)],
    ['exponential, full jitter', storm(patient, unbounded)],
    ['exponential, full jitter, budget', storm(patient, {}), 1.5],
    ['fixed 60 s, no jitter, budget', storm({ strategy: 'fixed', delay: '60s', maxAttempts: 50 }, {}), 1.5],
    ['circuit_breaker, budget', storm({ strategy: 'circuit_breaker', delay: '1s', maxAttempts: 50 }, {})],
  ];
  const figures: Figure[] = [];
  for (const [name, wave, goal] of waves) {
    const { calls } = await brew(`10,000 sent away: ${name}`, wave);
    const after = calls.flatMap(({ at }) => (at >= wellAt ? [at] : []));
    const kind = { ...unevenness, ...(goal !== undefined && { goal }) };
    for (const seconds of [10, 1])
      figures.push(figureOf(`10,000: ${name}, windows of ${seconds} s`, [peakToMean(after, wellAt, seconds)], kind));
    figures.push(
      figureOf(`10,000: ${name}, until the last`, [Math.max(...after) - wellAt], { unit: 's', better: 'lower' }),
    );
  }
  return figures;
}
