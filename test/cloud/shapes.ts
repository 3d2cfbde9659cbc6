import type { JsonObject } from '../../shared/core/json.ts';
import type { Random } from '../../shared/core/random.ts';
import { between } from '../simulation/chance.ts';
import type { Work } from './recording-handlers.ts';

/** A document to be submitted, and what must come of it whatever dies meanwhile. */
export interface Plan {
  readonly spec: JsonObject;
  readonly ends: 'completed' | 'failed' | 'aborted';
}

type Retry = { strategy: 'fixed'; delay: string; jitter: 'none'; maxAttempts: number };

const retry = (delay: string, maxAttempts = 4): Retry => ({ strategy: 'fixed', delay, jitter: 'none', maxAttempts });

export function call(id: string, dependsOn: readonly string[], work: Work, more: JsonObject = {}): JsonObject {
  return { id, type: 'function', handler: 'work', input: { ...work }, dependsOn: [...dependsOn], ...more };
}

const named = (name: string, nodes: readonly JsonObject[]): JsonObject => ({ name, nodes: [...nodes] });
const plan = (name: string, nodes: readonly JsonObject[], ends: Plan['ends'] = 'completed'): Plan => ({
  spec: named(name, nodes),
  ends,
});

export function chain(name: string, length: number, msOf: (step: number) => number): Plan {
  const nodes = Array.from({ length }, (_, step) => call(`s${step}`, step ? [`s${step - 1}`] : [], { ms: msOf(step) }));
  return plan(name, nodes);
}

/** One node, then `width` of them, then one. */
export function fanOut(width: number, ms: number): Plan {
  const parts = Array.from({ length: width }, (_, part) => `part${part}`);
  const nodes = [call('split', [], {}), ...parts.map((part) => call(part, ['split'], { ms })), call('join', parts, {})];
  return plan(`fan-out-${width}`, nodes);
}

/** As Montage makes a mosaic: images are projected, neighbours compared, a model fitted to all, each corrected by it, all added up. */
export function montage(images: number, random: Random): Plan {
  const range = Array.from({ length: images }, (_, at) => at);
  const work = () => ({ ms: between(random, 10, 80) });
  const nodes = [
    ...range.map((at) => call(`project${at}`, [], work())),
    ...range.slice(1).map((at) => call(`differ${at}`, [`project${at - 1}`, `project${at}`], work())),
    call(
      'concat',
      range.slice(1).map((at) => `differ${at}`),
      work(),
    ),
    call('model', ['concat'], work()),
    ...range.map((at) => call(`correct${at}`, ['model', `project${at}`], work())),
    call(
      'table',
      range.map((at) => `correct${at}`),
      work(),
    ),
    call('add', ['table', ...range.map((at) => `correct${at}`)], work()),
    ...range.slice(0, 3).map((at) => call(`shrink${at}`, ['add'], work())),
    call('jpeg', ['shrink0', 'shrink1', 'shrink2'], work()),
  ];
  return plan('montage', nodes);
}

export function retries(): Plan {
  return plan('retries', [
    call('soon', [], { stumbles: 2 }, { retry: retry('300ms') }),
    call('later', [], { stumbles: 1 }, { retry: retry('1500ms') }),
    { id: 'pause', type: 'delay', delay: '700ms', dependsOn: ['soon'] },
    call('end', ['later', 'pause'], {}),
  ]);
}

/** What is behind the failure is skipped, but for the one who takes failures. */
export function failing(): Plan {
  const nodes = [
    call('good', [], { ms: 30 }),
    call('bad', [], { isFatal: true }),
    call('behind', ['bad'], {}),
    call('tidy', ['good', 'behind'], {}, { join: 'all_settled' }),
  ];
  return plan('failing', nodes, 'failed');
}

export function map(items: number): Plan {
  const node = { type: 'function', handler: 'work', input: { ms: 30, stumbles: 1 }, retry: retry('100ms') };
  return plan('map', [
    call('list', [], { items }),
    { id: 'each', type: 'map', over: '${nodes.list.result.items}', concurrency: 7, node, dependsOn: ['list'] },
    call('total', ['each'], {}),
  ]);
}

export function children(): Plan {
  const child = (name: string) => named(name, [call('a', [], { ms: 100 }), call('b', ['a'], { ms: 50 })]);
  return plan('children', [
    call('before', [], {}),
    { id: 'left', type: 'job', job: child('left'), dependsOn: ['before'] },
    { id: 'right', type: 'job', job: child('right'), dependsOn: ['before'] },
    call('after', ['left', 'right'], {}),
  ]);
}

export function signals(): Plan {
  return plan('signals', [
    call('ask', [], {}),
    { id: 'approve', type: 'signal', dependsOn: ['ask'] },
    { id: 'release', type: 'signal' },
    call('ship', ['approve', 'release'], {}),
  ]);
}

/** Its last node waits for what never comes. */
export function toBeCancelled(): Plan {
  const steps = Array.from({ length: 6 }, (_, step) => call(`s${step}`, step ? [`s${step - 1}`] : [], { ms: 400 }));
  return plan('cancelled', [...steps, { id: 'never', type: 'signal', dependsOn: ['s5'] }], 'aborted');
}

/** It cannot end before its gate is opened. */
export function toBePaused(): Plan {
  return plan('paused', [
    call('a', [], { ms: 150 }),
    call('b', ['a'], { ms: 150 }),
    { id: 'gate', type: 'signal', dependsOn: ['b'] },
    call('c', ['gate'], {}),
  ]);
}
