import type { Clock } from '../core/clock.ts';
import type { Settings } from './parts.ts';
import type { RunningAttempts } from './running-attempts.ts';

/** Which jobs this engine works for at the moment. Outside of a visit it claims nothing of a job, since nobody would wait for it. */
export interface Visits {
  readonly size: number;
  /** Until then at the latest. Returns what ends the visit. */
  enter(jobId: string, until: number): () => void;
  /** No visit lasts longer than this any more, those to come included. */
  endBy(at: number): void;
  /** Infinity unless `endBy` has said otherwise. */
  readonly endsAt: number;
  /** Whether the job's nodes may be run here now: an invoked engine needs a visit that has time left. */
  isOpen(jobId: string): boolean;
  /** How many of the job's nodes may be claimed now. */
  roomFor(jobId: string): number;
}

/** An engine that runs by itself is at home with every job; one that is invoked works for the jobs that it is asked to. */
export function createVisits(clock: Clock, settings: Settings, attempts: RunningAttempts): Visits {
  const open = new Map<string, Set<{ until: number }>>();
  let endsAt = Infinity;
  const isOpen = (jobId: string) =>
    !settings.invoked || [...(open.get(jobId) ?? [])].some(({ until }) => until > clock.now());

  function enter(jobId: string, until: number): () => void {
    const visit = { until: Math.min(until, endsAt) };
    const all = open.get(jobId) ?? new Set();
    open.set(jobId, all.add(visit));
    return () => {
      all.delete(visit);
      if (all.size === 0 && open.get(jobId) === all) open.delete(jobId);
    };
  }

  function endBy(at: number): void {
    endsAt = Math.min(endsAt, at);
    for (const all of open.values()) for (const visit of all) visit.until = Math.min(visit.until, endsAt);
  }

  /** A wide job is for the whole fleet: what is more than its share goes out by message. */
  function roomFor(jobId: string): number {
    if (!settings.invoked) return attempts.free;
    if (!isOpen(jobId)) return 0;
    return Math.min(
      attempts.free,
      settings.nodesPerVisit - attempts.ofJob(jobId).filter(({ isOver }) => !isOver).length,
    );
  }

  return {
    get size() {
      return open.size;
    },
    enter,
    endBy,
    get endsAt() {
      return endsAt;
    },
    isOpen,
    roomFor,
  };
}
