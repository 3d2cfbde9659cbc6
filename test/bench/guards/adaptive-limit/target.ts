import { Heap, type HeapItem } from '../../../../shared/core/heap.ts';
import { type Random, seededRandom } from '../../../../shared/core/random.ts';

/** What holds calls back, as a simulation sees it. */
export interface Limiter {
  limit(now: number): number;
  /** A call has ended; `inFlight` still has it, and `dropped` says that it took too long for its caller. */
  ended(latencyMs: number, inFlight: number, dropped: boolean, now: number): void;
}

/** A time in which everything stays as it is. */
export interface Phase {
  readonly name: string;
  readonly seconds: number;
  /** Of what the target can do in this phase, where it can do what it could at first. */
  readonly load: number;
  /** Calls that the target works on at once; others wait there, first come first served. */
  readonly servers: number;
  /** Mean of the exponential times that it works on one. */
  readonly meanMs: number;
}

/** What became of the calls of one phase. */
export interface Heard {
  readonly offered: number;
  readonly inTime: number;
  readonly meanMs: number;
  /** The limit, ten times a second. */
  readonly limits: readonly number[];
}

interface Running extends HeapItem {
  readonly at: number;
  readonly beganAt: number;
}

export const ticksPerSecond = 10;

/** Who waits longer than so many mean times has given up. */
const patience = 10;

/** Calls come by chance, and whom the limit holds back is gone. In virtual time; the same seed gives the same. */
export function simulate(phases: readonly Phase[], limiter: Limiter, seed: number): readonly Heard[] {
  const arrivals = seededRandom(2 * seed);
  const work = seededRandom(2 * seed + 1);
  const first = phases[0]!;
  const fullRate = first.servers / first.meanMs;
  const running = new Heap<Running>((a, b) => a.at < b.at);
  const waiting: number[] = [];
  let taken = 0;
  let inFlight = 0;
  let now = 0;

  function begin({ servers, meanMs }: Phase): void {
    for (; running.size < servers && taken < waiting.length; taken++)
      running.put({ place: -1, at: now + exponential(work, meanMs), beganAt: waiting[taken]! });
    if (taken > 10_000) taken -= waiting.splice(0, taken).length;
  }

  function play(phase: Phase): Heard {
    const endsAt = now + phase.seconds * 1_000;
    const gapMs = 1 / (phase.load * fullRate);
    const limits: number[] = [];
    let offered = 0;
    let inTime = 0;
    let sumMs = 0;
    let nextAt = now + exponential(arrivals, gapMs);
    let tickAt = now;
    begin(phase);
    for (;;) {
      const end = running.peek();
      const at = Math.min(nextAt, end?.at ?? endsAt, endsAt);
      for (; tickAt < at; tickAt += 1_000 / ticksPerSecond) limits.push(limiter.limit(tickAt));
      now = at;
      if (now >= endsAt) return { offered, inTime, meanMs: sumMs / inTime, limits };
      if (end && end.at <= nextAt) {
        running.pop();
        const latencyMs = now - end.beganAt;
        const dropped = latencyMs > patience * phase.meanMs;
        if (!dropped) {
          inTime++;
          sumMs += latencyMs;
        }
        limiter.ended(latencyMs, inFlight, dropped, now);
        inFlight--;
      } else {
        offered++;
        nextAt = now + exponential(arrivals, gapMs);
        if (inFlight < limiter.limit(now)) {
          inFlight++;
          waiting.push(now);
        }
      }
      begin(phase);
    }
  }

  return phases.map(play);
}

function exponential(random: Random, mean: number): number {
  return -Math.log(1 - random.next()) * mean;
}
