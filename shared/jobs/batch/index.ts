/**
 * Batches: one action on many jobs that a filter chooses. What one is, what can be done in one, and how it moves. Pure like all of this
 * floor; the engine walks through the jobs (`engine/run-batch.ts`), and each job changes through its own door.
 */
export {
  type ActionRule,
  answerFor,
  type BatchAction,
  type BatchSigned,
  batchActions,
  batchRules,
  hasDone,
} from './actions.ts';
export {
  type Batch,
  type BatchChunk,
  type BatchFilter,
  type BatchOrder,
  type BatchOutcome,
  type BatchRecovery,
  type BatchResult,
  type BatchState,
  batchLimits,
  batchOutcomes,
  batchStates,
  type Counted,
} from './batch.ts';
export {
  cancelled,
  chunkSizeOf,
  isFree,
  leased,
  letGo,
  newBatch,
  passedOf,
  planned,
  remainingMsOf,
  requestOf,
  restOf,
  sameOrder,
  told,
} from './moves.ts';
