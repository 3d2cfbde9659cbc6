import type { NodeType } from '../../shared/jobs/index.ts';
import type { FaultKind } from './faults.ts';
import { runWorld, type WorldReport } from './run-world.ts';
import { startOfTime, type WorldSettings } from './settings.ts';
import { typeShapes } from './shapes/of-each-type.ts';

/** One call of a clean run, and what is to go wrong with it. */
export interface CrashPoint {
  readonly type: NodeType;
  readonly place: number;
  readonly call: string;
  readonly kind: FaultKind;
  readonly alone: boolean;
}

export const nodeTypes = Object.keys(typeShapes) as NodeType[];

const always: readonly FaultKind[] = ['diesBefore', 'diesAfter'];

/** A call that only takes can't fail, but its taker can die. */
function waysOf(call: string): readonly FaultKind[] {
  if (call === 'queue.take') return always;
  if (call === 'queue.publish')
    return [...always, 'failedBefore', 'timedOutAfter', 'doubled', 'lost', 'late', 'elsewhere'];
  return call.startsWith('store.') ? [...always, 'failedBefore', 'timedOutAfter', 'doubled', 'refused'] : [];
}

/** Every store and queue call of a run in which nothing goes wrong, with every way in which it can; one engine, and two. */
export async function crashPointsOf(type: NodeType): Promise<CrashPoint[]> {
  const all: CrashPoint[] = [];
  for (const alone of [true, false]) {
    const { points } = await runWorld(settingsOf(type, alone, new Map()));
    points.forEach((call, place) => {
      for (const kind of waysOf(call)) all.push({ type, place, call, kind, alone });
    });
  }
  return all;
}

export function runCrashPoint({ type, place, kind, alone }: CrashPoint): Promise<WorldReport> {
  return runWorld(settingsOf(type, alone, new Map([[place, kind]])));
}

function settingsOf(type: NodeType, alone: boolean, forced: ReadonlyMap<number, FaultKind>): WorldSettings {
  return {
    seed: startOfTime % 1_000,
    shapes: [type],
    size: 3,
    perMille: 0,
    quietMs: 5_000,
    slots: alone ? 1 : 2,
    alone,
    engine: { alone, leaseMs: 3_000, sweepMs: 1_000, storePatienceMs: 500, concurrency: alone ? 8 : 1 },
    operators: false,
    deaf: false,
    forced,
  };
}
