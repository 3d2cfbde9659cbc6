import type { Clock } from '../core/clock.ts';
import { newId } from '../core/id.ts';
import type { Random } from '../core/random.ts';
import { createGuardDesk, type GuardDesk } from '../engine/guards/guard-desk.ts';
import { createGuardEvents, type TellGuardEvent } from '../engine/guards/guard-events.ts';
import { sendToTopic } from '../engine/guards/guard-events-topic.ts';
import { createGuardModes } from '../engine/guards/mode.ts';
import { createPools } from '../engine/guards/pools.ts';
import type { EngineGuards } from '../engine/parts.ts';
import type { GuardRecords, TargetCounts, TopicPublisher } from '../ports/index.ts';
import { createGuardSet, type GuardSet } from './guard-set.ts';
import type { GuardsFile } from './guards-file.ts';
import { offerGuards, withdrawGuards } from './guards-here.ts';
import { type HotStores, noHotStores } from './hot-stores.ts';
import { shareFirstRead } from './share-first-read.ts';

export interface GuardsParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly records: GuardRecords;
  /** What the fleet counts of retries; each instance counts for itself without it. */
  readonly counts?: TargetCounts;
  /** What is shared and hot; each instance is alone without it. */
  readonly hot?: HotStores;
  readonly file: GuardsFile;
  /** Where events go. */
  readonly topics: TopicPublisher;
  /** In one process nobody need listen to them. */
  readonly mayBeUnheard: boolean;
  report(error: unknown, context: string): void;
  /** Told in a sentence that what was reported as lost is there again. */
  note?(sentence: string): void;
}

/** All guards of this process, and what operators decide about them. */
export interface OpenGuards extends Omit<GuardSet, 'isConfigured'> {
  readonly desk: GuardDesk;
  readonly engine: EngineGuards;
  /** What the fleet knows has been heard, or waited for in vain for a second. */
  ready(): Promise<void>;
  /** Sends what waits to be told. */
  flush(): Promise<void>;
}

export function openGuards(parts: GuardsParts): OpenGuards {
  const { clock, random, file, hot = noHotStores, report } = parts;
  const records = shareFirstRead(parts.records);
  const { states, permits } = hot;
  const instance = `instance-${newId(clock.now(), random)}`;
  const send = sendToTopic(parts.topics, instance, { mayBeUnheard: parts.mayBeUnheard });
  const events = createGuardEvents({ clock, send, report });
  const tell: TellGuardEvent = (event) => {
    events.tell(event);
    if (event.kind === 'mode' && event.to === 'shared') parts.note?.(`guards are the fleet's again: ${event.because}`);
  };
  const modes = createGuardModes({ clock, hasHot: states !== undefined, hasRecords: true, tell });
  const set = createGuardSet({ ...parts, records, instance, modes, hot, tell });
  const { breakers, bulkheads, guard } = set;
  const desk = createGuardDesk({
    clock,
    modes,
    report,
    breakerPresets: file.breakerPresets,
    bulkheadPresets: file.bulkheadPresets,
    records,
    ...(states && { states }),
    ...(permits && { permits }),
    breakers,
    bulkheads,
    events,
  });
  const known = () => void desk.news.refreshWhenOld();
  const here = { breaker: breakers.breaker, bulkhead: bulkheads.bulkhead, guard };
  offerGuards(here);
  return {
    ...set,
    desk,
    engine: {
      breakers,
      isForAll(target) {
        known();
        return set.isConfigured(target) || breakers.isDecided(target);
      },
      pools: createPools({ bulkheads, configured: () => desk.news.known.bulkheads, clock, random }),
    },
    async ready() {
      await Promise.all([breakers.ready(), desk.news.refreshWhenOld()]);
    },
    flush: () => events.flush(),
    async close() {
      withdrawGuards(here);
      await set.close();
      await events.close();
      await hot.close();
    },
  };
}
