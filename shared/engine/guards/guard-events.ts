import type { Clock } from '../../core/clock.ts';
import type { BreakerTransition } from '../../ports/index.ts';

/** What guards tell the outside: metrics and the topic `breakwater-events`. May be lost, never waited for. */
export type GuardEvent =
  /** With `scope` it is one of that instance's own breaker, and nothing is kept of it: the fleet's is as it was. */
  | ({ readonly kind: 'transition'; readonly scope?: 'instance' } & BreakerTransition)
  | {
      readonly kind: 'rejection';
      readonly guard: 'breaker' | 'bulkhead' | 'rate_limit';
      readonly name: string;
      /** Rejections since the last event of this guard: a guard that refuses thousands a second tells it once a second. */
      readonly count: number;
      readonly because: string;
      readonly at: number;
    }
  | {
      readonly kind: 'mode';
      readonly from: string;
      readonly to: string;
      readonly because: string;
      readonly at: number;
    };

export type TellGuardEvent = (event: GuardEvent) => void;

/** What this instance has told of a guard since it began. */
export interface GuardCounter {
  readonly guard: 'breaker' | 'bulkhead' | 'rate_limit';
  readonly name: string;
  readonly rejections: number;
  readonly transitions: number;
}

export interface GuardEvents {
  /** At once, and nothing comes of it that could fail. */
  readonly tell: TellGuardEvent;
  /** Plain numbers, for health and metrics. */
  guardCounters(): readonly GuardCounter[];
  /** Sends what waits, and resolves when it is sent or has failed: an instance that is about to lose its CPU calls it. */
  flush(): Promise<void>;
  /** After a last flush. */
  close(): Promise<void>;
}

export interface GuardEventsNeeds {
  readonly clock: Clock;
  /** Rejects where they could not be sent: then they are lost. */
  send(events: readonly GuardEvent[]): Promise<void>;
  /** Told of the first failure after a success, so that a topic that is missing is one line in a log. */
  report(error: unknown, context: string): void;
}

/** Between two sendings; the first goes out with the end of the turn. */
const sendEveryMs = 1_000;
/** A fleet of breakers that all open at once; what is more before it is sent is counted and lost. */
const waitingMost = 1_000;
/** Guards that are counted; the one that was heard of first makes room. */
const countersMost = 10_000;

type Rejection = Extract<GuardEvent, { kind: 'rejection' }>;

/**
 * On the way out of an instance: rejections of a guard are added up to one event a second, everything together is sent once a second at most,
 * one sending at a time, and what waits meanwhile is bounded.
 */
export function createGuardEvents({ clock, send, report }: GuardEventsNeeds): GuardEvents {
  const rejections = new Map<string, Rejection>();
  const counters = new Map<string, { -readonly [Key in keyof GuardCounter]: GuardCounter[Key] }>();
  const ended = new AbortController();
  let waiting: GuardEvent[] = [];
  let isScheduled = false;
  let sentAt = Number.NEGATIVE_INFINITY;
  let sending: Promise<void> = Promise.resolve();
  let hasFailed = false;

  function counterOf(guard: GuardCounter['guard'], name: string) {
    const key = `${guard} ${name}`;
    let counter = counters.get(key);
    if (!counter) {
      counter = { guard, name, rejections: 0, transitions: 0 };
      counters.set(key, counter);
      if (counters.size > countersMost) counters.delete(counters.keys().next().value!);
    }
    return counter;
  }

  function addRejection(event: Rejection): void {
    counterOf(event.guard, event.name).rejections += event.count;
    const key = `${event.guard} ${event.name}`;
    const before = rejections.get(key);
    if (before) rejections.set(key, { ...event, count: before.count + event.count });
    else if (rejections.size < waitingMost) rejections.set(key, event);
  }

  function tell(event: GuardEvent): void {
    if (event.kind === 'rejection') addRejection(event);
    else {
      if (event.kind === 'transition') counterOf('breaker', event.name).transitions++;
      if (waiting.length < waitingMost) waiting.push(event);
    }
    if (!isScheduled && !ended.signal.aborted) void sendSoon();
  }

  async function sendSoon(): Promise<void> {
    isScheduled = true;
    await clock.sleep(Math.max(0, sentAt + sendEveryMs - clock.now()), ended.signal);
    isScheduled = false;
    await flush();
  }

  function flush(): Promise<void> {
    sending = sending.then(sendAll);
    return sending;
  }

  async function sendAll(): Promise<void> {
    const events = [...waiting, ...rejections.values()];
    if (events.length === 0) return;
    waiting = [];
    rejections.clear();
    sentAt = clock.now();
    try {
      await send(events);
      hasFailed = false;
    } catch (thrown) {
      if (!hasFailed) report(thrown, `telling ${events.length} events of guards`);
      hasFailed = true;
    }
  }

  return {
    tell,
    guardCounters: () => [...counters.values()].map((each) => ({ ...each })),
    flush,
    async close() {
      ended.abort();
      await flush();
    },
  };
}
