/**
 * What a job is and what becomes of it: its spec and graph, states and their transitions, events and the one door they pass through,
 * audit and limits. Everything here is pure: `now` and chance are given. Documents are read in `document/`, references and conditions
 * in `template/`, reports made in `report/`, and `record/` is the form in which stores keep a job.
 */

export { type Applied, applyToDraft, applyToJob } from './apply-event.ts';
export type { AuditLine } from './audit.ts';
export { type ChildSpec, childSpecOf } from './child-spec.ts';
export { type Change, closeDraft, viewDraft } from './close-draft.ts';
export { compensateAt, failedUndos, isCompensated, isToCompensate, undoOf } from './compensation.ts';
export { cutFailure } from './cut-failure.ts';
export { findCycles } from './cycles.ts';
export { type Draft, openDraft } from './draft.ts';
export { dueEvents } from './due.ts';
export type {
  ByOperator,
  ClosedOff,
  Effect,
  JobEvent,
  LeaseLoss,
  NodeEvent,
  RecoveryChoice,
  Refusal,
  TimeLimit,
  Verdict,
} from './event.ts';
export { fingerprintOf } from './fingerprint.ts';
export type { CriticalPath, Graph } from './graph.ts';
export { criticalPath, graphOf, parallelGroups } from './graph.ts';
export type {
  BlockedNode,
  Checkpoint,
  Escalation,
  Finding,
  Idempotency,
  Job,
  JobHeader,
  KeyedRequest,
  MapItems,
  NodePage,
  NodePast,
  NodeRun,
  Parent,
  Pause,
  ReadyNode,
  RecoverySession,
  RecoveryStep,
  RetryingNode,
  Rollback,
  RunningNode,
  SeenNode,
  SettledNode,
  Signal,
  Tally,
  UndoneNodes,
  Wait,
  WaitingNode,
} from './job.ts';
export { jobResult } from './job-result.ts';
export { checkpointNamesMost, limits, periods } from './limits.ts';
export { isUnfinished } from './must-run-again.ts';
export { type Birth, newJob } from './new-job.ts';
export {
  hasNode,
  indexOfNode,
  itemAt,
  itemsOf,
  type JobView,
  lastIndexOf,
  nodeAt,
  nodeCount,
  nodeIdAt,
  nodeIndices,
  nodeSpecAt,
  priorityAt,
  resultOf,
} from './nodes.ts';
export {
  type ErrorContext,
  InvalidStateError,
  OrchestrationError,
  RecoveryError,
  RetryPolicyError,
} from './orchestration-error.ts';
export { fold, handOut, openParcels, type ParcelNews, readyInParcel } from './parcels.ts';
export type { PatchFault } from './patch-spec.ts';
export { callTimeoutOf } from './ready-node.ts';
export { isRecovered, restoresOf } from './recovery/index.ts';
export { redriveFaults } from './redrive-job.ts';
export { runOf } from './reopen-job.ts';
export { type Replayed, replayAudit, statesOf } from './replay-audit.ts';
export { policyAt } from './retry-node.ts';
export { type ScheduledRetry, scheduledRetries, statesWithRetries } from './scheduled-retries.ts';
export { inputAt, scopeAt } from './scope.ts';
export type {
  ChildJobNode,
  ChoiceNode,
  Comparison,
  Compensable,
  CompensateSpec,
  Condition,
  DelayNode,
  FunctionNode,
  HttpNode,
  ItemSpec,
  JobSpec,
  JoinRule,
  MapNode,
  NodeCommon,
  NodeSpec,
  NodeType,
  PubsubNode,
  SignalNode,
} from './spec.ts';
export { defaultPriority } from './spec.ts';
export { stallOf } from './stall.ts';
export type { FinalState, JobState, NodeState, SettledState } from './states.ts';
export { finalStates, isFinal, isSettled, jobStates, nodeStates, transitions } from './states.ts';
export { targetAt } from './target.ts';
export {
  evaluate,
  type Filled,
  fillTemplate,
  keptBounds,
  type References,
  referencesIn,
  type Scope,
  whyNot,
} from './template/index.ts';
export { type AdviceWanted, adviceWanted, type EndedTrial, endedTrial, isAdaptive } from './trial.ts';
export { type Undo, undoAt } from './undos.ts';
export {
  type AuditBreak,
  type AuditVerdict,
  type BreakReason,
  breakReasons,
  openAuditCheck,
  verifyAudit,
} from './verify-audit.ts';
