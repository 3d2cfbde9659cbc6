import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/error.ts';
import type { Random } from '../../core/random.ts';
import type { BreakerStates } from '../../ports/index.ts';
import type { GuardModes } from './mode.ts';

/**
 * The states that the fleet shares, and whether they can be had now. The first question that fails says that they are away; from then on
 * nobody waits for them, until one that is asked now and then is answered again.
 */
export interface HotStates {
  readonly isHere: boolean;
  /** Undefined where there is no answer: the store is away, or is so from now on. */
  ask<Answer>(question: (states: BreakerStates) => Promise<Answer>): Promise<Answer | undefined>;
  /** Hears all anew, since some may have been missed. Never rejects. */
  doubt(): Promise<void>;
  /** While it is away: looks for it where it is time. Nothing is waited for. */
  lookFor(now: number): void;
}

export interface HotStatesNeeds {
  readonly states: BreakerStates | undefined;
  readonly modes: GuardModes;
  readonly clock: Clock;
  readonly random: Random;
  /** Hears what the whole fleet knows; the store is here again once that has ended well. Fails as the store does. */
  hearAll(states: BreakerStates): Promise<void>;
  onLost(): void;
  onBack(): void;
}

/** Between looks, doubled with each in vain; by chance up to half of it less, since a whole fleet looks. */
const lookMs = 250;
const lookMsMost = 5_000;

export function createHotStates({ states, modes, clock, random, ...needs }: HotStatesNeeds): HotStates {
  let isHere = states !== undefined;
  let looking: Promise<void> | undefined;
  let isDoubted = false;
  let looksInVain = 0;
  let lookAt = 0;

  function lose(thrown: unknown): void {
    lookAt = clock.now() + Math.min(lookMsMost, lookMs * 2 ** Math.min(looksInVain++, 10)) * (1 - random.next() / 2);
    modes.hot({ lost: messageOf(thrown) });
    if (!isHere) return;
    isHere = false;
    needs.onLost();
  }

  async function look(from: BreakerStates): Promise<void> {
    try {
      do {
        isDoubted = false;
        await needs.hearAll(from);
      } while (isDoubted);
      looksInVain = 0;
      modes.hot('answered');
      if (isHere) return;
      isHere = true;
      needs.onBack();
    } catch (thrown) {
      lose(thrown);
    } finally {
      looking = undefined;
    }
  }

  return {
    get isHere() {
      return isHere;
    },
    async ask(question) {
      if (!states || !isHere) return undefined;
      try {
        return await question(states);
      } catch (thrown) {
        lose(thrown);
        return undefined;
      }
    },
    async doubt() {
      if (!states) return;
      if (looking) isDoubted = true;
      else looking = look(states);
      await looking;
    },
    lookFor(now) {
      if (states && !isHere && !looking && now >= lookAt) looking = look(states);
    },
  };
}
