import type { Clock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import { adviceWanted, endedTrial, type JobEvent, type JobView, targetAt } from '../jobs/index.ts';
import { adviceFor, countsOf, experienceName, oldestSlot, slotAt } from '../policy/adaptive/index.ts';
import type { SharedExperience } from './share-experience.ts';

/**
 * What the strategy `adaptive` needs of whoever brings an event into a job: the choice when a node first fails, and the memory of what
 * came of it. For nodes with any other policy both are a look at that policy.
 */
export interface AdaptiveRetries {
  /** The event with advice in it, where it asks for some; else the event itself. */
  advise<Event extends JobEvent>(job: JobView, event: Event): Event;
  /** What the event said, that was applied between the two and is stored, of the strategy that its node was on. */
  learn(before: JobView, event: JobEvent, after: JobView): void;
}

export function createAdaptiveRetries(
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  experience: SharedExperience,
): AdaptiveRetries {
  return {
    advise(job, event) {
      const wanted = adviceWanted(job, event);
      const target = wanted && targetAt(job, wanted.node);
      if (target === undefined) return event;
      const now = clock.now();
      const known = experience.of(experienceName(target, wanted!.kind), oldestSlot(now));
      return { ...event, advice: adviceFor({ ...wanted!, target, experience: known }, now, () => random.next()) };
    },
    learn(before, event, after) {
      const now = clock.now();
      const trial = endedTrial(before, event, after, now);
      const target = trial && targetAt(before, trial.node);
      if (target === undefined) return;
      const counts = { slot: slotAt(now), counts: countsOf(trial!.arm, trial!.earned) };
      experience.add(experienceName(target, trial!.kind), counts, oldestSlot(now));
    },
  };
}
