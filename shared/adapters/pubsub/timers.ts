import { assert } from '../../core/assert.ts';
import type { Clock } from '../../core/clock.ts';
import { type Alarm, encodeMessage, packAlarms } from '../../jobs/message/index.ts';
import type { Timers } from '../../ports/index.ts';
import { queueFailure } from './errors.ts';
import { pubSubLimits } from './limits.ts';
import type { PubSubPublisher } from './publisher.ts';
import { topology } from './topology.ts';

export interface PubSubTimersOptions {
  readonly clock: Clock;
  /** Alarms due within this are announced at once, for the tick that comes every minute could be too late; 90,000 unless said. */
  readonly horizonMs?: number;
  /** Told of announcements that Pub/Sub did not take: the sweep finds those jobs. */
  readonly onFailure: (error: unknown, jobIds: readonly string[]) => void;
}

export interface PubSubTimers extends Timers {
  /** Resolves when all that was set is with Pub/Sub or has failed. A door answers after that, since it has no CPU later. */
  flush(): Promise<void>;
  /** Hands these alarms to holders, whatever their time. Rejects with the queue's codes. */
  hold(alarms: readonly Alarm[]): Promise<void>;
}

/**
 * Alarms of a fleet. Pub/Sub delays nothing, so what is due soon goes to the door `retry-scheduler`, which holds it until then; what
 * is due later is found by a sweep's tick ahead of its time. It rings by push at that door and never here.
 */
export function createPubSubTimers(publisher: PubSubPublisher, options: PubSubTimersOptions): PubSubTimers {
  const { clock, horizonMs = 90_000, onFailure } = options;
  const waiting = new Map<string, number>();
  const announced = new Map<string, number>();
  const underWay = new Set<Promise<void>>();
  let stopped = false;

  function announceSoon(): void {
    if (waiting.size === 0) return;
    const alarms = [...waiting].map(([jobId, at]) => ({ jobId, at }));
    waiting.clear();
    const call = announce(alarms).finally(() => underWay.delete(call));
    underWay.add(call);
  }

  async function announce(alarms: readonly Alarm[]): Promise<void> {
    for (const alarm of alarms) remember(alarm);
    try {
      await send(publisher, alarms);
    } catch (thrown) {
      for (const { jobId } of alarms) announced.delete(jobId);
      onFailure(
        thrown,
        alarms.map(({ jobId }) => jobId),
      );
    }
  }

  function remember({ jobId, at }: Alarm): void {
    announced.delete(jobId);
    announced.set(jobId, at);
    if (announced.size > pubSubLimits.alarmsRemembered) announced.delete(announced.keys().next().value!);
  }

  return {
    set(jobId, _at, newAt) {
      if (stopped || newAt === undefined || newAt > clock.now() + horizonMs || announced.get(jobId) === newAt) return;
      assert(Number.isFinite(newAt), `an alarm of job ${jobId} has a time: ${newAt}`);
      if (waiting.size === 0) setImmediate(announceSoon);
      waiting.set(jobId, Math.min(newAt, waiting.get(jobId) ?? Infinity));
    },
    drop(jobId) {
      waiting.delete(jobId);
      announced.delete(jobId);
    },
    onAlarm() {},
    async flush() {
      announceSoon();
      await Promise.all(underWay);
    },
    hold: (alarms) => send(publisher, alarms),
    stop() {
      stopped = true;
      waiting.clear();
    },
  };
}

async function send(publisher: PubSubPublisher, alarms: readonly Alarm[]): Promise<void> {
  const topic = topology.topics.alarms;
  const messages = packAlarms(alarms).map((message) => ({ text: encodeMessage(message), attributes: {} }));
  try {
    await Promise.all(messages.map((message) => publisher.send(topic, message)));
  } catch (thrown) {
    throw queueFailure(topic, thrown);
  }
}
