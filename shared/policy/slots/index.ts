/** Counts over a window that slides: kept by slots of time, so that what is too old is dropped as a whole and sums can be added up. */

export { slotLimits } from './limits.ts';
export { addSlots, type SlotCount } from './slots.ts';
