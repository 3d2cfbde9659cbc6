import type { JsonObject } from '../../../shared/core/json.ts';
import { type Job, nodeAt } from '../../../shared/jobs/index.ts';
import { kind, ms } from '../engine/part.ts';
import { specOf } from '../engine/workloads/shapes.ts';
import { type Figure, figureOf } from '../figure.ts';
import { quantile } from '../statistics.ts';
import type { House } from './house.ts';
import { sizes } from './sizes.ts';

/** Of the longest delay, and what may be late. */
const patienceMs = sizes.longDelayMs + 90_000;

/** Timers of several minutes, which are set at once and looked at when all else has been measured. */
export async function setLongDelays(house: House): Promise<readonly string[]> {
  return submitDelays(
    house,
    Array.from({ length: sizes.longDelays }, (_, place) => sizes.longDelayMs - place * 7_000),
  );
}

/** How far from its time each delay fired, by the door that holds alarms: one job a delay, from a tenth of a second to minutes. */
export async function measureTimers(house: House, long: readonly string[]): Promise<readonly Figure[]> {
  const short = await submitDelays(house, spreadDelaysMs());
  const jobs = await house.observer.whenCompleted([...short, ...long], patienceMs);
  const off = jobs.map(offMs);
  const offLong = off.slice(short.length);
  return [
    figureOf('timers |fired − due| p50', [quantile(off, 0.5)], ms()),
    figureOf('timers |fired − due| p99', [quantile(off, 0.99)], ms(250)),
    figureOf('timers |fired − due| largest', [Math.max(...off)], ms()),
    figureOf('timers of about 5 minutes, largest', [Math.max(...offLong)], ms()),
    figureOf('timers measured', [off.length], kind('timers', 'higher')),
  ];
}

/** Evenly by their logarithm: as many of a second as of a minute. */
export function spreadDelaysMs(): readonly number[] {
  const { delays, delayMsMin, delayMsMax } = sizes;
  const ratio = delayMsMax / delayMsMin;
  return Array.from({ length: delays }, (_, place) => Math.round(delayMsMin * ratio ** (place / (delays - 1))));
}

async function submitDelays(house: House, delaysMs: readonly number[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const delay of delaysMs)
    ids.push(
      await house.submit(
        specOf({ name: 'delay', nodes: [{ id: 'wait', type: 'delay', delay }] }) as unknown as JsonObject,
      ),
    );
  return ids;
}

function offMs(job: Job): number {
  const [spec, run] = [job.spec.nodes[0]!, nodeAt(job, 0)];
  if (spec.type !== 'delay' || !('endedAt' in run) || run.startedAt === undefined) return Number.NaN;
  return Math.abs(run.endedAt - run.startedAt - Number(spec.delay));
}
