import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/error.ts';
import type { Random } from '../../core/random.ts';
import type { BreakerTransition, GuardRecords } from '../../ports/index.ts';
import type { TellGuardEvent } from './guard-events.ts';
import type { HotStates } from './hot-states.ts';
import type { GuardModes } from './mode.ts';

/**
 * Brings transitions from the hot store, which may lose them, to the records, and tells them. Whose report brought one about does it at once; the
 * others look after a while whether that one lived to do it. Keeping is idempotent, and nothing is acknowledged before it is kept: an instance
 * without records leaves all of it to those that have some.
 */
export interface TransitionDrain {
  saw(whose: 'own' | 'others', now: number): void;
  /** Does what is due. Nothing is waited for. */
  drainIfDue(now: number): void;
}

export interface TransitionDrainNeeds {
  readonly hot: HotStates;
  readonly records: Pick<GuardRecords, 'keepTransitions'> | undefined;
  readonly modes: GuardModes;
  readonly clock: Clock;
  readonly instance: string;
  readonly random: Random;
  readonly tell: TellGuardEvent;
}

/** Of others' transitions: from when on one looks, and over how long the instances of a fleet spread their looks. */
const othersAfterMs = 5_000;
const othersSpreadMs = 10_000;
const takenAtOnce = 100;
/** More is left for the next time. */
const roundsMost = 50;

export function createTransitionDrain(needs: TransitionDrainNeeds): TransitionDrain {
  const { hot, records, modes, clock, instance, random, tell } = needs;
  let ownDueAt = Number.POSITIVE_INFINITY;
  let allDueAt = Number.POSITIVE_INFINITY;
  let isDraining = false;

  function laterFrom(now: number): number {
    return now + othersAfterMs + random.next() * othersSpreadMs;
  }

  async function drain(
    to: Pick<GuardRecords, 'keepTransitions'>,
    isMine: (transition: BreakerTransition) => boolean,
  ): Promise<void> {
    let kept: readonly BreakerTransition[] = [];
    for (let round = 0; round < roundsMost; round++) {
      const taken = await hot.ask((states) => states.transitions(kept, takenAtOnce));
      const mine = taken?.filter(isMine) ?? [];
      if (taken && mine.length < taken.length) allDueAt = Math.min(allDueAt, laterFrom(clock.now()));
      if (mine.length === 0) return;
      await to.keepTransitions(mine);
      modes.records('answered');
      for (const transition of mine) tell({ kind: 'transition', ...transition });
      kept = mine;
    }
  }

  async function drainDue(to: Pick<GuardRecords, 'keepTransitions'>, now: number): Promise<void> {
    const isAll = now >= allDueAt;
    ownDueAt = Number.POSITIVE_INFINITY;
    if (isAll) allDueAt = Number.POSITIVE_INFINITY;
    isDraining = true;
    try {
      await drain(
        to,
        (transition) => transition.instance === instance || (isAll && now - transition.at >= othersAfterMs),
      );
    } catch (thrown) {
      modes.records({ lost: messageOf(thrown) });
      allDueAt = laterFrom(clock.now());
    } finally {
      isDraining = false;
    }
  }

  function drainIfDue(now: number): void {
    if (records && now >= Math.min(ownDueAt, allDueAt) && !isDraining && hot.isHere) void drainDue(records, now);
  }

  return {
    saw(whose, now) {
      if (whose === 'own') ownDueAt = Math.min(ownDueAt, now);
      else allDueAt = Math.min(allDueAt, laterFrom(now));
      drainIfDue(now);
    },
    drainIfDue,
  };
}
