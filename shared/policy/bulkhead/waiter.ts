import type { PriorityClass } from './spec.ts';

/** What somebody wants who asks for a place in the line. Times are milliseconds since the epoch. */
export interface Wish<Work> {
  /** Whatever is done when it is its turn; the line does not look at it. */
  readonly work: Work;
  /** `normal` unless said. */
  readonly priority?: PriorityClass | undefined;
  /** Whom it is for, a job for example: tenants of a class take turns. All who name none are one. */
  readonly tenant?: string | undefined;
  /** It is not begun at this time or later. */
  readonly deadline?: number | undefined;
}

/** One who has been accepted. Only its turn, its deadline and its own leaving end that. */
export interface Waiter<Work> {
  readonly work: Work;
  readonly priority: PriorityClass;
  readonly tenant: string;
  readonly arrival: number;
  /** `Infinity` where none was given. */
  readonly deadline: number;
  readonly isWaiting: boolean;
}

/** Why one who was accepted does not get a turn: its deadline has passed, or calls take longer than what is left until then. */
export type DropReason = 'deadline_passed' | 'deadline_unmeetable';
