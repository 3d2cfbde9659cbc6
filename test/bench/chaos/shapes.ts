import type { JsonObject } from '../../../shared/core/json.ts';
import type { Random } from '../../../shared/core/random.ts';
import { between } from '../../simulation/chance.ts';
import { retry, sizes } from './sizes.ts';
import type { Work } from './target.ts';

/** How a node calls the target: over HTTP by itself, or by a handler. */
export type Caller = (work: Work, more?: JsonObject) => JsonObject;

/** A node without its id and what it waits for. */
export function httpCaller(url: string, timeout: number): Caller {
  return (work, more = {}) => ({ type: 'http', url, body: { job: jobName, work: { ...work } }, timeout, ...more });
}

export function handlerCaller(timeout: number): Caller {
  const input = (work: Work) => ({ job: jobName, work: { ...work } });
  return (work, more = {}) => ({ type: 'function', handler: 'call', input: input(work), timeout, ...more });
}

const jobName = '${job.name}';

/** Named so that no two jobs of a run, children included, have the same name: chance goes by it. */
export type Shape = (name: string, call: Caller, random: Random) => JsonObject;

const [least, most] = sizes.callMs;
const some = (random: Random): Work => ({ ms: between(random, least, most) });
const node = (id: string, dependsOn: readonly string[], rest: JsonObject): JsonObject => {
  return { id, ...rest, dependsOn: [...dependsOn] };
};

export function jobOf(name: string, nodes: readonly JsonObject[]): JsonObject {
  return { name, retry: { ...retry }, nodes: [...nodes] };
}

const chain: Shape = (name, call, random) => {
  const steps = Array.from({ length: 5 }, (_, at) => node(`s${at}`, at ? [`s${at - 1}`] : [], call(some(random))));
  return jobOf(name, steps);
};

const fanOut: Shape = (name, call, random) => {
  const parts = Array.from({ length: 12 }, (_, at) => `part${at}`);
  const middle = parts.map((part) => node(part, ['split'], call(some(random))));
  return jobOf(name, [node('split', [], call(some(random))), ...middle, node('join', parts, call(some(random)))]);
};

const diamond: Shape = (name, call, random) => {
  const sides = ['left', 'right'].map((side) => node(side, ['top'], call(some(random))));
  return jobOf(name, [
    node('top', [], call(some(random))),
    ...sides,
    node('bottom', ['left', 'right'], call(some(random))),
  ]);
};

const map: Shape = (name, call, random) =>
  jobOf(name, [
    node('list', [], call({ ...some(random), items: between(random, 3, 9) })),
    node('each', ['list'], {
      type: 'map',
      over: '${nodes.list.result.items}',
      concurrency: 4,
      node: call(some(random)),
    }),
    node('total', ['each'], call(some(random))),
  ]);

const choice: Shape = (name, call, random) => {
  const choices = [{ name: 'many', when: { value: '${nodes.look.result.items[3]}', exists: true }, then: 'many' }];
  return jobOf(name, [
    node('look', [], call({ ...some(random), items: between(random, 0, 8) })),
    node('which', ['look'], { type: 'choice', choices, otherwise: 'few' }),
    node('many', ['which'], call(some(random))),
    node('few', ['which'], call(some(random))),
    node('end', ['many', 'few'], call(some(random), { join: 'any_succeeded' })),
  ]);
};

/** Its calls fail several times before chance has a say. */
const stubborn: Shape = (name, call, random) =>
  jobOf(name, [
    node('first', [], call({ ...some(random), stumbles: 2 })),
    node('second', ['first'], call({ ...some(random), stumbles: between(random, 1, 4) })),
  ]);

const children: Shape = (name, call, random) => {
  const child = (side: string) =>
    node(side, ['before'], { type: 'job', job: diamond(`${name}-${side}`, call, random) });
  return jobOf(name, [
    node('before', [], call(some(random))),
    child('left'),
    child('right'),
    node('after', ['left', 'right'], call(some(random))),
  ]);
};

const delay: Shape = (name, call, random) =>
  jobOf(name, [
    node('before', [], call(some(random))),
    node('pause', ['before'], { type: 'delay', delay: between(random, 200, 3_000) }),
    node('after', ['pause'], call(some(random))),
  ]);

/** What is behind the wrong request is skipped, but for the one who takes that. */
export const doomed: Shape = (name, call, random) =>
  jobOf(name, [
    node('good', [], call(some(random))),
    node('bad', [], call({ isDoomed: true })),
    node('behind', ['bad'], call(some(random))),
    node('tidy', ['good', 'behind'], call(some(random), { join: 'all_settled' })),
  ]);

/** Those that end completed, however long it takes. */
export const shapes: Readonly<Record<string, Shape>> = {
  chain,
  'fan-out': fanOut,
  diamond,
  map,
  choice,
  stubborn,
  children,
  delay,
};
