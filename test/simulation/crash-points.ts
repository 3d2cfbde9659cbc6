import type { EngineOptions } from '../../shared/engine/parts.ts';
import type { NodeType } from '../../shared/jobs/index.ts';
import type { FaultKind } from './faults.ts';
import { runWorld, type WorldReport } from './run-world.ts';
import { startOfTime, type WorldSettings } from './settings.ts';
import { typeShapes } from './shapes/of-each-type.ts';

/** One call of a clean run, and what is to go wrong with it. */
export interface CrashPoint {
  readonly house: House;
  readonly type: NodeType;
  readonly place: number;
  readonly call: string;
  readonly kind: FaultKind;
}

export const nodeTypes = Object.keys(typeShapes) as NodeType[];

/** Who works: one engine for itself, two on one store, two that are given parcels as small as can be, and such that are invoked. */
const houses = {
  alone: { slots: 1, alone: true, concurrency: 8 },
  together: { slots: 2, alone: false, concurrency: 1 },
  withParcels: { slots: 2, alone: false, concurrency: 1, nodesPerParcel: 1 },
  oneInvoked: { slots: 1, alone: false, concurrency: 8, invoked: true },
  invokedWithParcels: { slots: 2, alone: false, concurrency: 2, nodesPerParcel: 1, nodesPerVisit: 2, invoked: true },
} as const satisfies Readonly<Record<string, EngineOptions & { slots: number }>>;

export type House = keyof typeof houses;

const always: readonly FaultKind[] = ['diesBefore', 'diesAfter'];

/** A call that only takes can't fail, but its taker can die. An alarm is looked at where messages are all that there is of it. */
function waysOf(call: string, isInvoked: boolean): readonly FaultKind[] {
  if (call === 'queue.take') return always;
  if (call === 'queue.publish')
    return [...always, 'failedBefore', 'timedOutAfter', 'doubled', 'lost', 'late', 'elsewhere'];
  if (call === 'timers.set') return isInvoked ? ['diesAfter', 'lost', 'late'] : [];
  const isKept = call.startsWith('store.') || call.startsWith('parcels.');
  return isKept ? [...always, 'failedBefore', 'timedOutAfter', 'doubled', 'refused'] : [];
}

/** Every store, parcel and queue call of a run in which nothing goes wrong, with every way in which it can. */
export async function crashPointsOf(house: House, type: NodeType): Promise<CrashPoint[]> {
  const { points } = await runWorld(settingsOf(house, type, new Map()));
  const isInvoked = 'invoked' in houses[house];
  return points.flatMap((call, place) => waysOf(call, isInvoked).map((kind) => ({ house, type, place, call, kind })));
}

export function runCrashPoint({ house, type, place, kind }: CrashPoint): Promise<WorldReport> {
  return runWorld(settingsOf(house, type, new Map([[place, kind]])));
}

function settingsOf(house: House, type: NodeType, forced: ReadonlyMap<number, FaultKind>): WorldSettings {
  const { slots, ...options } = houses[house];
  return {
    seed: startOfTime % 1_000,
    shapes: [type],
    size: 3,
    perMille: 0,
    quietMs: 5_000,
    slots,
    sharedGuards: false,
    alone: options.alone,
    engine: { leaseMs: 3_000, sweepMs: 1_000, storePatienceMs: 500, ...options },
    operators: false,
    redrives: false,
    batches: false,
    deaf: false,
    forced,
  };
}
