import { runWorld, type WorldReport } from './run-world.ts';
import type { WorldSettings } from './settings.ts';

/** Trials that shrinking one seed may cost. */
const trialsMax = 400;

/**
 * The smallest world found that still fails: fewer jobs, fewer engines, fewer nodes, and of the faults only those that it needs.
 * A list of faults is cut into ever smaller pieces, and a piece that it fails without is left out.
 */
export async function shrink(failed: WorldReport, run = runWorld): Promise<WorldReport> {
  let best = failed;
  let trials = 0;

  async function fails(settings: WorldSettings): Promise<boolean> {
    if (trials++ >= trialsMax) return false;
    const report = await run(settings);
    if (report.failures.length === 0) return false;
    best = report;
    return true;
  }

  for (let smaller = true; smaller; ) {
    smaller = false;
    for (const settings of simpler(best.settings)) smaller ||= await fails(settings);
  }
  let places = best.injected.map(({ place }) => place);
  await fails({ ...best.settings, only: new Set(places) });
  for (let pieces = 2; places.length > 0 && trials < trialsMax; ) {
    const length = Math.ceil(places.length / pieces);
    let cut = false;
    for (let from = 0; from < places.length && !cut; from += length) {
      const left = [...places.slice(0, from), ...places.slice(from + length)];
      if (!(await fails({ ...best.settings, only: new Set(left) }))) continue;
      places = best.injected.map(({ place }) => place);
      cut = true;
    }
    if (cut) pieces = Math.max(2, pieces - 1);
    else if (length === 1) break;
    else pieces = Math.min(places.length, pieces * 2);
  }
  return best;
}

function simpler(settings: WorldSettings): WorldSettings[] {
  const { shapes, slots, size, operators, redrives, deaf } = settings;
  return [
    ...(shapes.length > 1 ? shapes.map((shape) => ({ ...settings, shapes: [shape] })) : []),
    ...(deaf ? [{ ...settings, deaf: false }] : []),
    ...(operators ? [{ ...settings, operators: false }] : []),
    ...(redrives ? [{ ...settings, redrives: false }] : []),
    ...(slots > 1 ? [{ ...settings, slots: slots - 1 }] : []),
    ...(size > 2
      ? [
          { ...settings, size: 2 },
          { ...settings, size: size - 1 },
        ]
      : []),
  ];
}
