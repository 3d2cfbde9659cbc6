import type { SlotCount } from '../policy/slots/index.ts';

export type { SlotCount } from '../policy/slots/index.ts';

/**
 * What a whole fleet has counted, by name and by slots of time: calls to a target, say.
 *
 * - `add` is atomic: what is given is added as a whole to what everybody has added, and the sums that it gives hold that and all that
 *   was added before it by anybody. They are never stale after an add, and durable once it resolves, where the store is.
 * - What was given is counted once when the promise resolves. A rejected promise says nothing: it may have been counted not at all, once
 *   or twice. So only counts of which some may be wrong are kept here.
 * - Slots before `from` may be forgotten by the store, and are left out of the answer. So may a name be that is not among the 10,000
 *   that were last added to, or that nobody has added to for a month.
 * - One name takes about one add a second for long, whoever asks: callers gather what they have and ask rarely.
 * - A name is a text of up to 500 characters, a key one of up to 200; a slot is a whole number, a count any finite one, and one name has
 *   2,000 counts at most. Whoever calls has looked.
 * - Failures of the world reject with a CodedError, as those of a JobStore do.
 */
export interface TargetCounts {
  /** The sums of all slots from `from` on that hold any count, in order. To add nothing is to look. */
  add(name: string, counts: readonly SlotCount[], from: number): Promise<readonly SlotCount[]>;
}
