import { CodedError, messageOf } from '../../core/error.ts';
import type { PermitAnswer, Permits } from '../../ports/index.ts';
import type { BulkheadsNeeds } from './bulkheads.ts';
import { askFailed, hear, hearGrant, hearWanted, holdOwn, wishOf } from './pool-asking.ts';
import { serve } from './pool-permits.ts';
import { askAgainMs, fitLine, type PoolState, type PoolStore } from './pool-state.ts';
import { endLeases, planLook } from './pool-times.ts';

/** What pools have to tell the store: gathered while a question is under way, and told for all of them in one. */
export interface Asking {
  readonly store: PoolStore;
  askSoon(pool: PoolState): void;
  close(): Promise<void>;
}

type AskingNeeds = Pick<BulkheadsNeeds, 'clock' | 'permits' | 'instance' | 'instancesAssumed' | 'modes' | 'report'>;

export function createAsking(needs: AskingNeeds, pools: () => readonly PoolState[]): Asking {
  const { permits } = needs;
  const store = {
    kind: (permits ? 'there' : 'none') as PoolStore['kind'],
    awaySince: 0,
    triedAt: Number.NEGATIVE_INFINITY,
    isAsking: false,
    instances: needs.instancesAssumed ?? 1,
    place: undefined as number | undefined,
  };
  if (!permits) return { store, askSoon() {}, close: async () => {} };
  return askStore(permits, needs, store, pools);
}

/** Instances are counted by the store for as long. */
const countedMs = 60_000;

type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

function askStore(
  permits: Permits,
  { clock, instance, modes, report }: AskingNeeds,
  store: Writable<PoolStore>,
  pools: () => readonly PoolState[],
): Asking {
  let dirty = new Set<PoolState>();
  let isPlanned = false;
  let isUrgent = false;
  let countedAt = Number.NEGATIVE_INFINITY;
  let isClosed = false;
  let underWay: Promise<void> = Promise.resolve();

  function askSoon(pool: PoolState): void {
    if (store.kind === 'away' && !isUrgent && clock.now() - store.triedAt < askAgainMs(pool))
      return planLook(pool, clock.now());
    dirty.add(pool);
    plan();
  }

  function plan(): void {
    if (isPlanned || store.isAsking || isClosed || dirty.size === 0) return;
    isPlanned = true;
    underWay = gather();
  }

  /** What the calls of this turn want comes together first. */
  async function gather(): Promise<void> {
    await undefined;
    await undefined;
    isPlanned = false;
    await ask();
    plan();
  }

  async function ask(): Promise<void> {
    const asked = [...dirty];
    dirty = new Set();
    const sentAt = clock.now();
    // Whoever did not look for long does not know how long it has been away.
    if (store.kind === 'away' && sentAt - store.triedAt > 2 * askAgainMs(asked[0]!)) store.awaySince = sentAt;
    store.triedAt = sentAt;
    isUrgent = false;
    const wishes = asked.map((pool) => wishOf(pool, sentAt));
    store.isAsking = true;
    try {
      const answers = await permits.ask(instance, wishes);
      store.isAsking = false;
      heard(asked, answers);
    } catch (thrown) {
      store.isAsking = false;
      failed(asked, thrown);
    }
  }

  function heard(asked: readonly PoolState[], answers: readonly PermitAnswer[]): void {
    count(answers[0]!);
    if (store.kind === 'away') {
      store.kind = 'there';
      for (const pool of pools()) fitLine(pool);
    }
    modes?.hot('answered');
    const now = clock.now();
    asked.forEach((pool, index) => {
      hear(pool, answers[index]!, now);
      planLook(pool, now);
    });
  }

  /** A lesser number is believed after a minute: a store that came back empty has not heard of all yet, and too small a number is what exceeds limits. */
  function count({ instances, place }: PermitAnswer): void {
    const now = clock.now();
    if (instances < store.instances && now - countedAt < countedMs) return;
    store.instances = instances;
    store.place = place;
    countedAt = now;
  }

  function failed(asked: readonly PoolState[], thrown: unknown): void {
    for (const pool of asked) askFailed(pool);
    goAway(thrown);
  }

  function goAway(because: unknown): void {
    const now = clock.now();
    if (store.kind === 'there') {
      // A process that was asleep beyond its leases has lost them, whatever it hears first.
      for (const pool of pools()) endLeases(pool, now);
      store.kind = 'away';
      store.awaySince = now;
      store.triedAt = now;
      for (const pool of pools()) {
        fitLine(pool);
        pool.fresh = [];
      }
      report(because, 'bulkheads go by shares of their limits');
    }
    modes?.hot({ lost: messageOf(because) });
    for (const pool of pools()) {
      holdOwn(pool, now);
      serve(pool, now);
      planLook(pool, now);
    }
  }

  function isBack(): void {
    isUrgent = true;
    if (store.kind === 'away' && pools().length === 0) store.kind = 'there';
    for (const pool of pools()) if (store.kind === 'away' || pool.line.depth + pool.holdings.size > 0) askSoon(pool);
  }

  const poolNamed = (name: string) => pools().find((pool) => pool.name === name);
  const stop = permits.watch(instance, {
    onGrant(name, granted, leftMs) {
      const pool = poolNamed(name);
      if (pool) hearGrant(pool, granted, leftMs, clock.now());
    },
    onWanted(name, headMs) {
      const pool = poolNamed(name);
      if (pool) hearWanted(pool, headMs, clock.now());
    },
    onDoubt: isBack,
    onAway: (because) => goAway(new CodedError('permits_unavailable', because)),
  });

  return {
    store,
    askSoon(pool) {
      if (!isClosed) askSoon(pool);
    },
    async close() {
      for (const pool of pools()) {
        pool.holdings.giveBackKept(Number.POSITIVE_INFINITY);
        if (pool.holdings.hasReleased) askSoon(pool);
      }
      isClosed = true;
      await underWay;
      stop();
    },
  };
}
