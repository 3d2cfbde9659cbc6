import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/error.ts';
import type { BreakerSpec } from '../../policy/breaker/index.ts';
import type { BreakerTransition, GuardRecord, GuardRecords } from '../../ports/index.ts';
import type { GuardModes } from './mode.ts';

/** What is kept for good of breakers, read now and then, and only on behalf of calls. */
export interface RecordedGuards {
  read(): Promise<void>;
  /** Reads them where the hot store is away and what was read last does without what it would say. */
  readForAlone(): Promise<void>;
  /** Nothing is waited for. */
  readIfDue(now: number): void;
  /** What was read last may be behind. */
  readSoon(): void;
}

export interface RecordedGuardsNeeds {
  readonly records: Pick<GuardRecords, 'readAll' | 'lastTransitions'> | undefined;
  readonly modes: GuardModes;
  readonly clock: Clock;
  isShared(): boolean;
  configure(records: readonly GuardRecord<BreakerSpec>[]): void;
  /** How often somebody else has brought them in: what was read before that is older, though it comes later. */
  configuredElsewhere(): number;
  /** Of breakers that were not closed when the hot store was heard last. */
  adopt(transitions: readonly BreakerTransition[]): void;
}

/** While the hot store is there it tells of whatever is urgent. */
const everyMs = 60_000;
const everyMsAlone = 10_000;
const soonMs = 1_000;

export function createRecordedGuards(needs: RecordedGuardsNeeds): RecordedGuards {
  const { records, modes, clock } = needs;
  let readAt = Number.NEGATIVE_INFINITY;
  let isReading = false;
  let isForAlone = false;
  let isBehind = false;

  async function read(): Promise<void> {
    if (!records || isReading) return;
    isReading = true;
    isBehind = false;
    readAt = clock.now();
    try {
      const before = needs.configuredElsewhere();
      const { breakers } = await records.readAll();
      if (needs.configuredElsewhere() === before) needs.configure(breakers);
      isForAlone = !needs.isShared();
      if (isForAlone) needs.adopt(await records.lastTransitions());
      modes.records('answered');
    } catch (thrown) {
      modes.records({ lost: messageOf(thrown) });
    } finally {
      isReading = false;
    }
  }

  return {
    read,
    readForAlone: async () => (needs.isShared() || isForAlone ? undefined : read()),
    readIfDue(now) {
      if (!records || isReading) return;
      const dueMs = isBehind ? soonMs : needs.isShared() ? everyMs : everyMsAlone;
      if (now - readAt >= dueMs) void read();
    },
    readSoon() {
      isBehind = true;
    },
  };
}
