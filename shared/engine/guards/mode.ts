import type { Clock } from '../../core/clock.ts';
import type { TellGuardEvent } from './guard-events.ts';
import type { GuardMode } from './guards.ts';

/**
 * The one place that knows where guards get what they share. Whoever asks the hot store or the durable one tells how that went; each change of
 * mode is told once. To be lost costs a call nothing: it finds what was known, and whoever asks the stores next finds out about them.
 */
export interface GuardModes {
  readonly view: GuardModeView;
  hot(came: Came): void;
  records(came: Came): void;
}

export interface GuardModeView {
  readonly mode: GuardMode;
  /** In milliseconds since the epoch. */
  readonly since: number;
  /** Why it is not `shared`, where it is not. */
  readonly because?: string;
}

/** What came of asking a store: an answer, or why there was none. */
export type Came = 'answered' | { readonly lost: string };

export interface GuardModesNeeds {
  readonly clock: Clock;
  readonly hasHot: boolean;
  readonly hasRecords: boolean;
  readonly tell: TellGuardEvent;
}

/** A store is taken to be there until it did not answer. */
export function createGuardModes({ clock, hasHot, hasRecords, tell }: GuardModesNeeds): GuardModes {
  let hotLost = hasHot ? undefined : 'no Redis is configured (BREAKWATER_REDIS_URL)';
  let recordsLost = hasRecords ? undefined : 'no durable store is configured';
  let view = viewNow();

  function viewNow(): GuardModeView {
    const since = clock.now();
    if (hotLost === undefined) return { mode: 'shared', since };
    if (recordsLost === undefined) return { mode: 'records', since, because: hotLost };
    return { mode: 'local', since, because: `${hotLost}; ${recordsLost}` };
  }

  function look(because: string): void {
    const before = view;
    const after = viewNow();
    if (after.mode === before.mode) return;
    view = after;
    tell({ kind: 'mode', from: before.mode, to: after.mode, because, at: after.since });
  }

  return {
    get view() {
      return view;
    },
    hot(came) {
      if (!hasHot) return;
      hotLost = came === 'answered' ? undefined : came.lost;
      look(hotLost ?? 'the hot store answers again');
    },
    records(came) {
      if (!hasRecords) return;
      recordsLost = came === 'answered' ? undefined : came.lost;
      look(recordsLost ?? 'the durable store answers again');
    },
  };
}
