import { checkBreaker } from '../engine/guards/breaker-cells.ts';
import type { BreakerHandle } from '../engine/guards/breaker-handle.ts';
import type { BulkheadHandle } from '../engine/guards/bulkhead-handle.ts';
import { checkBulkhead } from '../engine/guards/bulkheads.ts';
import type { Guard } from '../engine/guards/compose.ts';
import { type CreateGuard, refuseFaults } from '../engine/guards/create-guard.ts';
import type { GuardOptions } from '../engine/guards/guard-options.ts';
import { type BreakerSpec, breakerPresets } from '../policy/breaker/index.ts';
import type { BulkheadSpec } from '../policy/bulkhead/index.ts';
import { createGuardsAlone } from './guards-alone.ts';

/** What code of the user's gets its guards from. */
export interface GuardsHere {
  breaker(name: string, spec?: BreakerSpec): BreakerHandle;
  bulkhead(name: string, spec?: BulkheadSpec): BulkheadHandle;
  readonly guard: CreateGuard;
}

/**
 * The guards of this process, where an engine has opened some: handlers share them with it, and so with the fleet. The engine and what
 * handlers import are bundled apart, so that no module of theirs is the same; the process is.
 */
const place = Symbol.for('breakwater.guards');
const holder = globalThis as { [place]?: GuardsHere };

export function offerGuards(guards: GuardsHere): void {
  holder[place] = guards;
}

/** They are closed, unless others took their place. */
export function withdrawGuards(guards: GuardsHere): void {
  if (holder[place] === guards) delete holder[place];
}

let alone: GuardsHere | undefined;

/** Without an engine or `shareGuards` the process shares with nobody, and needs nothing to be set up. */
function guardsHere(): GuardsHere {
  return holder[place] ?? guardsAlone();
}

function guardsAlone(): GuardsHere {
  alone ??= createGuardsAlone();
  return alone;
}

/**
 * The breaker of this name: the same for all that ask for it, and the whole fleet's where an engine runs in this process or after `shareGuards`. What is wrong with the
 * spec throws `guard_invalid` at once. It is looked for when it is first used, so that a module may ask for it before the engine has begun.
 */
export function breaker(name: string, spec?: BreakerSpec): BreakerHandle {
  if (holder[place]) return holder[place].breaker(name, spec);
  // Presets are the engine's to know.
  checkBreaker(name, spec?.preset === undefined ? spec : undefined, breakerPresets);
  let found: BreakerHandle | undefined;
  const find = () => {
    found ??= guardsHere().breaker(name, spec);
    return found;
  };
  return {
    name,
    tryAcquire: () => find().tryAcquire(),
    succeeded: (...said) => find().succeeded(...said),
    failed: (...said) => find().failed(...said),
    ignored: (pass) => find().ignored(pass),
    run: (call, classify) => find().run(call, classify),
    view: () => find().view(),
  };
}

/** The bulkhead of this name, in the same way. Its limit is the fleet's where an engine that shares its guards runs in this process or after `shareGuards`, else the process's. */
export function bulkhead(name: string, spec?: BulkheadSpec): BulkheadHandle {
  if (holder[place]) return holder[place].bulkhead(name, spec);
  checkBulkhead(name, spec?.preset === undefined ? spec : undefined);
  let found: BulkheadHandle | undefined;
  const find = () => {
    found ??= guardsHere().bulkhead(name, spec);
    return found;
  };
  return {
    name,
    get ageMs() {
      return find().ageMs;
    },
    tryAcquire: (options) => find().tryAcquire(options),
    acquire: (options) => find().acquire(options),
    run: (call, options) => find().run(call, options),
    full: (coming) => find().full(coming),
    view: () => find().view(),
  };
}

/**
 * Puts guards around calls, in one order. What is wrong with the options throws `guard_invalid` at once; the parts are looked for with the first
 * call, so that a module may ask for a guard before the engine has begun.
 */
export const guard: CreateGuard = <Fallen>(
  first: string | GuardOptions<Fallen>,
  second: GuardOptions<Fallen> = {},
): Guard<Fallen> => {
  const isNamed = typeof first === 'string';
  if (isNamed) refuseFaults(first, second);
  else refuseFaults(undefined, first);
  let made: Guard<Fallen> | undefined;
  return (work, asked) => {
    made ??= isNamed ? guardsHere().guard(first, second) : guardsHere().guard(first);
    return made(work, asked);
  };
};
