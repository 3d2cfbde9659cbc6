import type { Clock } from '../../core/clock.ts';
import { canonicalJson } from '../../core/json.ts';
import { type BreakerSpec, inForce, type Override } from '../../policy/breaker/index.ts';
import type { BulkheadSpec } from '../../policy/bulkhead/index.ts';
import type { BreakerStates, GuardRecord, GuardRecords } from '../../ports/index.ts';

export type GuardRecordsRead = Awaited<ReturnType<GuardRecords['readAll']>>;

/** What this instance has heard of what operators decided. */
export interface GuardNews {
  /** As it was read last; nothing before that. */
  readonly known: GuardRecordsRead;
  /** Reads the records now, and has the guards of this instance go by them. Those who ask at once share one read. Rejects where there is no answer. */
  refresh(): Promise<GuardRecordsRead>;
  /** The same, where the last time is `guardNewsMs` ago or longer. Never rejects: what is known goes on to hold. */
  refreshWhenOld(): Promise<void>;
  /** A reset that the hot store could not be told of, and is to be told of when it is there again. */
  keepReset(name: string): void;
}

export interface GuardNewsNeeds {
  readonly clock: Clock;
  readonly records: GuardRecords;
  /** Absent where there is no hot store. */
  readonly states?: BreakerStates;
  readonly breakers: { configure(records: readonly GuardRecord<BreakerSpec>[]): void };
  readonly bulkheads: { configure(records: readonly GuardRecord<BulkheadSpec>[]): void };
  /** Whether the hot store was there when it was asked last. */
  isShared(): boolean;
  report(error: unknown, context: string): void;
}

/** After so long an instance knows of a change that the hot store did not tell it of; a read of nothing new is one document. */
export const guardNewsMs = 10_000;

const nothing: GuardRecordsRead = { breakers: [], bulkheads: [] };

export function createGuardNews(needs: GuardNewsNeeds): GuardNews {
  const { clock, records, states, breakers, bulkheads, isShared, report } = needs;
  const resets = new Set<string>();
  let known = nothing;
  let knownAs = '';
  let askedAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<GuardRecordsRead> | undefined;
  let following: Promise<GuardRecordsRead> | undefined;
  let wasShared = false;
  let hasFailed = false;

  async function read(): Promise<GuardRecordsRead> {
    askedAt = clock.now();
    known = await records.readAll();
    const shared = isShared();
    if (shared && (!wasShared || resets.size > 0 || revisionsOf(known) !== knownAs)) await bringTogether();
    wasShared = shared;
    if (revisionsOf(known) === knownAs) return known;
    knownAs = revisionsOf(known);
    breakers.configure(known.breakers);
    bulkheads.configure(known.bulkheads);
    return known;
  }

  /** First what is hot: whatever it has was in the records before, so that what is read of them then is not older. */
  async function bringTogether(): Promise<void> {
    const hot = await hotOverrides();
    known = await records.readAll();
    if (hot) await tellHot(hot);
  }

  async function hotOverrides(): Promise<ReadonlyMap<string, Override | undefined> | undefined> {
    try {
      const all = await states?.readAll();
      return all && new Map(all.breakers.map(({ name, override }) => [name, override]));
    } catch {
      // Whoever asks it for the sake of calls says that it is away.
      return undefined;
    }
  }

  async function tellHot(hot: ReadonlyMap<string, Override | undefined>): Promise<void> {
    for (const record of known.breakers) {
      const wanted = inForce(record.override, clock.now());
      const isReset = resets.has(record.name);
      if (!isReset && canonicalJson(wanted) === canonicalJson(hot.get(record.name))) continue;
      try {
        await states?.override(record.name, wanted, isReset);
        resets.delete(record.name);
      } catch (thrown) {
        report(thrown, `telling the fleet what was decided on breaker ${record.name}`);
      }
    }
  }

  /** One that is under way may have read before what its caller has just written. */
  function refresh(): Promise<GuardRecordsRead> {
    if (reading) {
      following ??= reading.then(refresh, refresh);
      return following;
    }
    following = undefined;
    reading = read().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  return {
    get known() {
      return known;
    },
    refresh,
    async refreshWhenOld() {
      if (clock.now() - askedAt < guardNewsMs) return;
      try {
        await refresh();
        hasFailed = false;
      } catch (thrown) {
        if (!hasFailed) report(thrown, 'reading what operators decided on guards');
        hasFailed = true;
      }
    },
    keepReset: (name) => void resets.add(name),
  };
}

function revisionsOf({ breakers, bulkheads }: GuardRecordsRead): string {
  return JSON.stringify([breakers, bulkheads].map((each) => each.map(({ name, revision }) => [name, revision])));
}
