import type { Clock } from '../../core/clock.ts';
import { type BreakerPresets, type BreakerSpec, inForce, resolveBreakerSpec } from '../../policy/breaker/index.ts';
import { type BulkheadPresets, type BulkheadSpec, resolveBulkheadSpec } from '../../policy/bulkhead/index.ts';
import { faultOfGuardName } from '../../policy/guards/index.ts';
import type { BreakerStates, GuardChange, GuardRecord, GuardRecords, Permits } from '../../ports/index.ts';
import { changeGuard, type GuardChanged, type GuardWish } from './guard-changes.ts';
import { closedAnew, configured, forced, overrideOf, released, unconfigured } from './guard-decisions.ts';
import type { GuardCounter } from './guard-events.ts';
import { createGuardNews, type GuardNews } from './guard-news.ts';
import { unheardBreaker, unheardBulkhead } from './guard-views.ts';
import type { BreakerView, BulkheadView, GuardAnswer, GuardAsked, Guards } from './guards.ts';
import { lookAtGuards } from './look-at-guards.ts';
import type { GuardModeView } from './mode.ts';

export interface GuardDeskNeeds {
  readonly clock: Clock;
  readonly records: GuardRecords;
  /** The hot store; absent where there is none. */
  readonly states?: BreakerStates;
  readonly permits?: Permits;
  /** The guards of this instance. */
  readonly breakers: {
    views(): readonly BreakerView[];
    configure(records: readonly GuardRecord<BreakerSpec>[]): void;
  };
  readonly bulkheads: {
    views(): readonly BulkheadView[];
    configure(records: readonly GuardRecord<BulkheadSpec>[]): void;
  };
  /** Those that configurations may name; the built-in ones unless said. */
  readonly breakerPresets?: BreakerPresets;
  readonly bulkheadPresets?: BulkheadPresets;
  readonly modes: { readonly view: GuardModeView };
  readonly events: { guardCounters(): readonly GuardCounter[] };
  report(error: unknown, context: string): void;
}

/** What operators ask of guards, and what the guards of this instance go by of it. */
export interface GuardDesk extends Guards {
  readonly news: GuardNews;
}

const tellingsMost = 5;

/**
 * Every change is stored with its line first, and only then told to the fleet: where the hot store is away, or whoever asked dies in between,
 * each instance reads it from the records.
 */
export function createGuardDesk(needs: GuardDeskNeeds): GuardDesk {
  const { clock, records, states, breakers, modes, report } = needs;
  const news = createGuardNews({ ...needs, isShared: () => modes.view.mode === 'shared' });
  const readAll = () => records.readAll();
  const breakerStore = {
    read: async (name: string) => (await readAll()).breakers.find((each) => each.name === name),
    change: (each: GuardChange<BreakerSpec>) => records.changeBreaker(each),
  };
  const bulkheadStore = {
    read: async (name: string) => (await readAll()).bulkheads.find((each) => each.name === name),
    change: (each: GuardChange<BulkheadSpec>) => records.changeBulkhead(each),
  };

  const look = () => lookAtGuards(needs, news);

  /** One that was there by its configuration alone, which was taken away, has a record still. */
  async function unknownTo(guards: 'breakers' | 'bulkheads', name: string) {
    const known = (await look())[guards].map((each) => each.name);
    const isKnown = known.includes(name) || news.known[guards].some((each) => each.name === name);
    return isKnown ? undefined : ({ kind: 'unknown', known } as const);
  }

  const listBreakers = async () => (await look()).breakers;
  const listBulkheads = async () => (await look()).bulkheads;
  const getBreaker = async (name: string) => (await listBreakers()).find((each) => each.name === name);
  const getBulkhead = async (name: string) => (await listBulkheads()).find((each) => each.name === name);

  /** Somebody else's decision may be stored, and told, before this one is told: then what is stored is told once more. */
  async function tellFleet(name: string, decided: GuardRecord<BreakerSpec> | undefined, isReset: boolean) {
    if (!states) return;
    let told = decided;
    try {
      for (let tries = 1; tries <= tellingsMost; tries++) {
        await states.override(name, inForce(told?.override, clock.now()), isReset && tries === 1);
        const stored = await breakerStore.read(name);
        if (stored?.revision === told?.revision) return;
        told = stored;
      }
    } catch (thrown) {
      if (isReset) news.keepReset(name);
      report(thrown, `telling the fleet what was decided on breaker ${name}`);
    }
  }

  async function onBreaker(
    wish: Omit<GuardWish<BreakerSpec>, 'guard'>,
    asked: GuardAsked,
  ): Promise<GuardAnswer<BreakerView>> {
    const answer = await changeGuard(clock, breakerStore, { guard: 'breaker', ...wish }, asked);
    if (answer.kind === 'changed' && wish.action !== 'configured')
      await tellFleet(wish.name, answer.record, wish.action === 'reset');
    return viewed(answer, wish.name, await listBreakers(), unheardBreaker);
  }

  async function onBulkhead(
    wish: Omit<GuardWish<BulkheadSpec>, 'guard'>,
    asked: GuardAsked,
  ): Promise<GuardAnswer<BulkheadView>> {
    const answer = await changeGuard(clock, bulkheadStore, { guard: 'bulkhead', ...wish }, asked);
    return viewed(answer, wish.name, await listBulkheads(), unheardBulkhead);
  }

  return {
    news,
    async health() {
      return { ...modes.view, ...(await look()) };
    },
    counters: () => needs.events.guardCounters(),
    listBreakers,
    getBreaker,
    async configureBreaker(name, spec, asked) {
      const resolved = resolveBreakerSpec(spec, needs.breakerPresets);
      const faults = [...nameFaults(name), ...(resolved.kind === 'faults' ? resolved.faults : [])];
      if (faults.length > 0) return { kind: 'faults', faults };
      return onBreaker({ name, action: 'configured', what: spec, decide: configured(spec, asked.reason) }, asked);
    },
    async forceBreaker(name, wished, asked) {
      if (!wished) {
        const unknown = await unknownTo('breakers', name);
        return unknown ?? onBreaker({ name, action: 'released', decide: released(asked.reason) }, asked);
      }
      const override = overrideOf(wished, asked.by, clock.now());
      const faults = [...nameFaults(name), ...('kind' in override ? [] : override)];
      if (!('kind' in override) || faults.length > 0) return { kind: 'faults', faults };
      return onBreaker({ name, action: 'forced', what: wished, decide: forced(override) }, asked);
    },
    async resetBreaker(name, asked) {
      const unknown = await unknownTo('breakers', name);
      if (unknown) return unknown;
      const state = breakers.views().find((each) => each.name === name)?.own;
      return onBreaker({ name, action: 'reset', decide: closedAnew(asked.reason, clock.now(), state) }, asked);
    },
    listBulkheads,
    getBulkhead,
    async configureBulkhead(name, spec, asked) {
      const resolved = resolveBulkheadSpec(spec, needs.bulkheadPresets);
      const faults = [...nameFaults(name), ...(resolved.kind === 'faults' ? resolved.faults : [])];
      if (faults.length > 0) return { kind: 'faults', faults };
      return onBulkhead({ name, action: 'configured', what: spec, decide: configured(spec, asked.reason) }, asked);
    },
    async resetBulkhead(name, asked) {
      const unknown = await unknownTo('bulkheads', name);
      return unknown ?? onBulkhead({ name, action: 'reset', decide: unconfigured(asked.reason) }, asked);
    },
    readLines: (guard, name, most, before) => records.readLines(guard, name, most, before),
  };
}

function nameFaults(name: string): readonly { readonly path: string; readonly message: string }[] {
  const message = faultOfGuardName(name);
  return message === undefined ? [] : [{ path: 'name', message }];
}

type Named = { readonly name: string };

/** With the guard as everybody is to meet it from now on; of one that was there by its configuration alone nothing is left without it. */
function viewed<Spec, View extends Named & { readonly revision: number }>(
  answer: GuardChanged<Spec>,
  name: string,
  views: readonly View[],
  unheard: (name: string) => View,
): GuardAnswer<View> {
  if (answer.kind === 'conflict' || answer.kind === 'keyReused') return answer;
  const revision = answer.record?.revision ?? 0;
  const view = views.find((each) => each.name === name) ?? { ...unheard(name), revision };
  return { kind: answer.kind === 'changed' ? 'done' : 'repeated', view };
}
