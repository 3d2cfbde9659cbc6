import type { JsonObject } from '../../../shared/core/json.ts';
import { happens, pick, streamOf } from '../../simulation/chance.ts';
import { recordedShapes } from './recordings.ts';
import { type Caller, doomed, type Shape, shapes } from './shapes.ts';
import { sizes } from './sizes.ts';

/** A job to be submitted, and what must come of it whatever dies meanwhile. */
export interface Plan {
  /** Its name and its key. */
  readonly name: string;
  readonly document: JsonObject;
  readonly ends: 'completed' | 'failed';
}

/** So many jobs, chosen by the seed: recorded workflows where there are any, own shapes, and some that must fail. */
export function plansOf(seed: number, count: number, call: Caller, recorded = recordedShapes()): readonly Plan[] {
  return Array.from({ length: count }, (_, place): Plan => {
    const random = streamOf(seed, place);
    if (happens(random, sizes.doomedShare)) return planOf('doomed', doomed, 'failed');
    const hasRecordings = Object.keys(recorded).length > 0;
    const among = hasRecordings && happens(random, sizes.recordedShare) ? recorded : shapes;
    const kind = pick(random, Object.keys(among));
    return planOf(kind, among[kind]!, 'completed');

    function planOf(what: string, shape: Shape, ends: Plan['ends']): Plan {
      const name = `${what}-${place}`;
      return { name, document: shape(name, call, random), ends };
    }
  });
}
