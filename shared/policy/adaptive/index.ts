/**
 * How the strategy `adaptive` chooses: from what is known of its arms at one target and for one kind of failure. Pure: experience, time
 * and chance go in, an arm and a sentence for the audit come out. What an arm does, and which are there, is said in `../retry/arms.ts`.
 */

export { adviceFor, experienceName } from './advise.ts';
export { bestArm, type Choice, chooseArm, meanOf } from './choose.ts';
export {
  countsOf,
  type Experience,
  oldestSlot,
  type Standing,
  type Standings,
  slotAt,
  standingsOf,
} from './experience.ts';
export { adaptiveTimes } from './limits.ts';
export { type Cost, rewardOf } from './reward.ts';
