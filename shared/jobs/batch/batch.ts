import type { RecoveryAction } from '../../policy/recovery/index.ts';
import type { RecoveryChoice } from '../event.ts';
import type { JobState } from '../states.ts';
import type { BatchAction } from './actions.ts';

/** One action on many jobs. What is asked for never changes; how far it has come is written anew with every chunk of jobs. */
export interface Batch {
  readonly id: string;
  readonly order: BatchOrder;
  readonly by: string;
  /** The trace of the call that asked for it. */
  readonly trace?: string;
  readonly createdAt: number;
  /** One more with every write; a write on any other version is a conflict. */
  readonly version: number;
  readonly state: BatchState;
  /** How many jobs were chosen when it was made. */
  readonly expected: Counted;
  /** Jobs that it has been through, by what became of them. */
  readonly counts: Readonly<Record<BatchOutcome, number>>;
  /** Chunks of results stored so far; the next one has this number. */
  readonly chunks: number;
  /** What is being worked on: it is stored before anything is done, so that whoever comes after a crash knows whom to ask. */
  readonly chunk?: BatchChunk;
  /** Who works on it and until when it is his. */
  readonly lease?: { readonly owner: string; readonly until: number };
  readonly endedAt?: number;
  readonly cancelledBy?: string;
}

export const batchStates = ['running', 'completed', 'cancelled'] as const;
export type BatchState = (typeof batchStates)[number];

export interface BatchChunk {
  readonly jobIds: readonly string[];
  /** Where the walk goes on behind them in the store's list; absent in the last chunk. */
  readonly next?: string;
}

/** `repeated`: it was so before the batch came to it. */
export const batchOutcomes = ['done', 'repeated', 'refused', 'failed'] as const;
export type BatchOutcome = (typeof batchOutcomes)[number];

export interface BatchOrder {
  readonly action: BatchAction;
  readonly filter: BatchFilter;
  /** Of `recover`. */
  readonly recovery?: BatchRecovery;
  /** Stands in the audit of each job. */
  readonly reason?: string;
  readonly ratePerSecond: number;
}

/** What is done about what is found; without an action each job's own rules decide. */
export interface BatchRecovery extends Omit<RecoveryChoice, 'action' | 'nodes' | 'target'> {
  readonly action?: RecoveryAction;
}

/** Which jobs; without `states` those of all states in which the action makes sense. */
export interface BatchFilter {
  readonly states?: readonly JobState[];
  readonly name?: string;
  readonly failureCode?: string;
  readonly submittedFrom?: number;
  readonly submittedBefore?: number;
}

/** Counted up to a limit: then there are more. */
export interface Counted {
  readonly jobs: number;
  readonly isMore: boolean;
}

/** What became of one job of the batch. */
export interface BatchResult {
  readonly jobId: string;
  readonly outcome: BatchOutcome;
  readonly at: number;
  /** Of `refused` the reason, of `failed` the code of the error. */
  readonly because?: string;
  readonly message?: string;
}

/** Each with its reason. */
export const batchLimits = {
  /** Jobs a second unless said otherwise: 10,000 in twenty seconds, and the engine has time for others. */
  rateUsual: 500,
  /** More than an engine can do. */
  rateMost: 5_000,
  /** A job in ten seconds: slower is done by hand. */
  rateLeast: 0.1,
  /** Jobs of a chunk: their results are one stored text, and what a crash makes be done again. */
  chunkJobs: 500,
  /** A chunk takes about this long, so that a cancel bites and progress is seen. Milliseconds. */
  chunkMs: 2_000,
  /** Batches that are worked on at a time; another one is refused. */
  running: 20,
  /** Jobs that are counted before a batch starts. */
  counted: 10_000,
  /** Jobs that a dry run looks at one by one. */
  shown: 20,
  /** Of a failure's message this much stays in a result. */
  messageChars: 300,
} as const;
