import { assert } from '../../core/assert.ts';
import type { Clock } from '../../core/clock.ts';
import { Heap, type HeapItem } from '../../core/heap.ts';
import type { Timers } from '../../ports/index.ts';

/** Alarms within this process: all in one heap, and one sleep until the earliest. They are lost with the process. */
export function createMachineTimers(clock: Clock): Timers {
  const alarms = new Map<string, Alarm>();
  const earliest = new Heap<Alarm>((a, b) => a.at < b.at || (a.at === b.at && a.jobId < b.jobId));
  let ring: (jobIds: readonly string[]) => void = () => {};
  let sleeping: { readonly until: number; readonly ended: AbortController } | undefined;
  let stopped = false;

  function ringDue(): void {
    const now = clock.now();
    const due: string[] = [];
    while ((earliest.peek()?.at ?? Infinity) <= now) {
      const { jobId } = earliest.pop()!;
      alarms.delete(jobId);
      due.push(jobId);
    }
    if (due.length > 0) ring(due);
  }

  /** Sleeps until the earliest alarm; a sleep that would end too late is given up for a shorter one. */
  async function watch(): Promise<void> {
    const next = earliest.peek();
    if (stopped || !next || (sleeping && sleeping.until <= next.at)) return;
    sleeping?.ended.abort();
    const mine = { until: next.at, ended: new AbortController() };
    sleeping = mine;
    await clock.sleep(Math.max(0, next.at - clock.now()), mine.ended.signal);
    if (sleeping !== mine) return;
    sleeping = undefined;
    if (stopped) return;
    try {
      ringDue();
    } finally {
      void watch();
    }
  }

  return {
    set(jobId, at) {
      assert(Number.isFinite(at), `an alarm of job ${jobId} has a time: ${at}`);
      const known = alarms.get(jobId);
      if (known && known.at <= at) return;
      const alarm = known ?? { jobId, at, place: -1 };
      alarm.at = at;
      alarms.set(jobId, alarm);
      earliest.put(alarm);
      void watch();
    },
    drop(jobId) {
      const known = alarms.get(jobId);
      if (!known) return;
      alarms.delete(jobId);
      earliest.remove(known);
    },
    onAlarm(listener) {
      ring = listener;
    },
    stop() {
      stopped = true;
      sleeping?.ended.abort();
    },
  };
}

interface Alarm extends HeapItem {
  readonly jobId: string;
  at: number;
}
