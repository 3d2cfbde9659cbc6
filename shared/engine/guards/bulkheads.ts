import type { Clock } from '../../core/clock.ts';
import { CodedError } from '../../core/error.ts';
import {
  type BulkheadPresets,
  type BulkheadRules,
  type BulkheadSpec,
  resolveBulkheadSpec,
  tellsOverload,
} from '../../policy/bulkhead/index.ts';
import { faultOfGuardName } from '../../policy/guards/index.ts';
import type { GuardRecord, Permits } from '../../ports/index.ts';
import { failureOf } from '../failure-of.ts';
import { createAsking } from './ask-permits.ts';
import type { BulkheadHandle } from './bulkhead-handle.ts';
import { bulkheadViewOf } from './bulkhead-view.ts';
import type { TellGuardEvent } from './guard-events.ts';
import type { BulkheadView } from './guards.ts';
import type { GuardModes } from './mode.ts';
import { acquire, factsOf, rejectPending, retryInMs, tryAcquire } from './pool-line.ts';
import { serve } from './pool-permits.ts';
import { adjustRules, createPoolState, type PoolNeeds, type PoolState } from './pool-state.ts';
import { lookAtPool } from './pool-times.ts';
import { createRejectionTeller } from './tell-rejections.ts';
import { createTimers, type Timers } from './timers.ts';

/** The bulkheads of this instance. With a store of permits their limits and queues are the whole fleet's. */
export interface Bulkheads {
  /** The one of this name, the same for all that ask. A spec says what it goes by, unless an operator has said otherwise. Throws `guard_invalid`. */
  bulkhead(name: string, spec?: BulkheadSpec): BulkheadHandle;
  get(name: string): BulkheadHandle | undefined;
  names(): readonly string[];
  views(): readonly BulkheadView[];
  /** What operators have configured, all of it. */
  configure(records: readonly GuardRecord<BulkheadSpec>[]): void;
  /** Who waits is refused, and what is kept at hand goes back. */
  close(): Promise<void>;
}

export interface BulkheadsNeeds {
  readonly clock: Clock;
  /** Shared with the other guards; one of its own unless given. */
  readonly timers?: Timers;
  /** What the fleet shares; without it each limit is this process's own. */
  readonly permits?: Permits;
  readonly instance: string;
  /** As many instances are taken to be there until the store has told: 1 unless said. */
  readonly instancesAssumed?: number;
  /** What a bulkhead goes by of which nobody has said anything. */
  rulesOf(name: string): BulkheadRules;
  readonly presets?: BulkheadPresets;
  /** Told how each question to the store went. */
  readonly modes?: Pick<GuardModes, 'hot'>;
  readonly tell: TellGuardEvent;
  report(error: unknown, context: string): void;
}

interface Known {
  readonly pool: PoolState;
  readonly handle: BulkheadHandle;
  spec: BulkheadSpec | undefined;
}

/** Throws `guard_invalid`, which names every fault. */
export function checkBulkhead(name: string, spec: BulkheadSpec | undefined, presets?: BulkheadPresets): void {
  const message = faultOfGuardName(name);
  const resolved = resolveBulkheadSpec(spec ?? {}, presets);
  const faults = resolved.kind === 'faults' ? resolved.faults : [];
  const told = [...(message === undefined ? [] : [{ path: 'name', message }]), ...faults];
  if (told.length === 0) return;
  const sentences = told.map((fault) => `${fault.path} ${fault.message}`).join('; ');
  throw new CodedError('guard_invalid', `bulkhead ${JSON.stringify(name)}: ${sentences}`);
}

export function createBulkheads(needs: BulkheadsNeeds): Bulkheads {
  const { clock, presets, tell, report } = needs;
  const all = new Map<string, Known>();
  let records = new Map<string, GuardRecord<BulkheadSpec>>();
  const asking = createAsking(needs, () => [...all.values()].map(({ pool }) => pool));
  const poolNeeds: PoolNeeds = {
    clock,
    timers: needs.timers ?? createTimers(clock),
    store: asking.store,
    askSoon: asking.askSoon,
    countRejection: createRejectionTeller(tell),
  };

  function rulesOf(name: string, spec: BulkheadSpec | undefined): BulkheadRules {
    if (!spec) return needs.rulesOf(name);
    const resolved = resolveBulkheadSpec(spec, presets);
    if (resolved.kind === 'faults') checkBulkhead(name, spec, presets);
    return resolved.kind === 'rules' ? resolved.rules : needs.rulesOf(name);
  }

  /** An operator's words were judged when they were stored; where their preset is gone since, what the program says holds on. */
  function rulesInForce(name: string, spec: BulkheadSpec | undefined): BulkheadRules {
    const configured = records.get(name)?.spec;
    try {
      return rulesOf(name, configured ?? spec);
    } catch (thrown) {
      if (!configured) throw thrown;
      report(thrown, `what an operator configured of bulkhead ${name}`);
      return rulesOf(name, spec);
    }
  }

  function make(name: string, spec: BulkheadSpec | undefined): Known {
    checkBulkhead(name, spec, presets);
    const rules = rulesInForce(name, spec);
    const pool = createPoolState(name, rules, poolNeeds, lookAtPool, (dropped, pending, because) =>
      rejectPending(dropped, pending, because, clock.now()),
    );
    return { pool, handle: handleOf(pool, () => records.get(name)), spec };
  }

  function adjust({ pool, spec }: Known): void {
    adjustRules(pool, rulesInForce(pool.name, spec));
    serve(pool, clock.now());
    asking.askSoon(pool);
  }

  return {
    bulkhead(name, spec) {
      const known = all.get(name);
      if (!known) {
        const made = make(name, spec);
        all.set(name, made);
        return made.handle;
      }
      if (spec !== undefined && spec !== known.spec) {
        rulesOf(name, spec);
        known.spec = spec;
        adjust(known);
      }
      return known.handle;
    },
    get: (name) => all.get(name)?.handle,
    names: () => [...all.keys()],
    views: () => [...all.values()].map(({ handle }) => handle.view()),
    configure(changed) {
      records = new Map(changed.map((record) => [record.name, record]));
      for (const known of all.values()) adjust(known);
    },
    async close() {
      for (const { pool } of all.values())
        for (let waiter = pool.line.take(clock.now()); waiter; waiter = pool.line.take(clock.now()))
          rejectPending(pool, waiter.work, 'closed', clock.now());
      await asking.close();
    },
  };
}

/** So old may news of the fleet be that somebody is sent away by. */
const newsMs = 100;

function handleOf(pool: PoolState, record: () => GuardRecord<BulkheadSpec> | undefined): BulkheadHandle {
  return {
    name: pool.name,
    get ageMs() {
      return pool.rules.ageMs;
    },
    tryAcquire: (options = {}) => tryAcquire(pool, options),
    acquire: (options = {}) => acquire(pool, options),
    async run(call, options = {}) {
      const permit = await acquire(pool, options);
      if (permit.kind === 'refused') return permit;
      try {
        return { kind: 'succeeded', value: await call(permit) };
      } catch (thrown) {
        permit.release(tellsOverload(failureOf(thrown)));
        throw thrown;
      } finally {
        permit.release();
      }
    },
    full(coming = 0) {
      const { limit, queueMost, inUse, depth } = factsOf(pool);
      const free = Math.max(0, limit - inUse);
      if (free + Math.max(0, queueMost - depth) > coming) return undefined;
      const now = pool.needs.clock.now();
      // Who is sent away asks nobody: without this what others did once would be believed for ever.
      if (pool.needs.store.kind === 'there' && now - pool.askedAt >= newsMs) pool.needs.askSoon(pool);
      return { limit, depth: depth + Math.max(0, coming - free), retryAt: now + retryInMs(pool, now) };
    },
    view: () => bulkheadViewOf(pool, record()),
  };
}
