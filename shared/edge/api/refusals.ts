import {
  checkpointNamesMost,
  failedUndos,
  graphOf,
  indexOfNode,
  isFinal,
  isSettled,
  isToCompensate,
  type Job,
  limits,
  nodeAt,
  nodeIdAt,
  nodeIndices,
  type Refusal,
} from '../../jobs/index.ts';
import { apiLimits } from './limits.ts';
import { type Problem, type ProblemCode, problem } from './problem.ts';

const codes: Readonly<Record<Refusal, ProblemCode>> = {
  jobIsFinal: 'job_is_final',
  jobIsPaused: 'job_is_paused',
  jobIsNotPaused: 'job_is_not_paused',
  staleAttempt: 'stale_attempt',
  nodeIsNotReady: 'node_is_not_ready',
  nodeIsNotWaiting: 'node_is_not_waiting',
  nodeIsNotRetrying: 'node_is_not_retrying',
  nodeIsSettled: 'node_is_settled',
  unknownNode: 'node_not_found',
  notDue: 'not_due',
  unknownSignal: 'unknown_signal',
  tooManySignals: 'too_many_signals',
  requestKeyReused: 'idempotency_key_reused',
  unknownCheckpoint: 'checkpoint_not_found',
  tooManyCheckpoints: 'too_many_checkpoints',
  recoveryUnderWay: 'recovery_under_way',
  noRecoveryUnderWay: 'no_recovery_under_way',
  recoveryNotEscalated: 'recovery_not_escalated',
  recoveryIsOver: 'recovery_is_over',
  actionNotPossible: 'action_not_possible',
  jobIsChild: 'job_is_child',
  jobIsNotFinal: 'job_is_not_final',
  jobIsTooOld: 'job_is_too_old',
  deadlineHasPassed: 'deadline_has_passed',
  nothingToRunAgain: 'nothing_to_run_again',
  specDoesNotFit: 'spec_does_not_fit',
  rollingBack: 'rolling_back',
  nothingToCompensate: 'nothing_to_compensate',
  tooManyCompensations: 'too_many_compensations',
  compensationFailed: 'compensation_failed',
  noFailedCompensation: 'no_failed_compensation',
};

/** As a result of a batch tells it. */
export function codeOfRefusal(because: Refusal | 'unknownJob' | 'noRuleFits'): ProblemCode {
  if (because === 'noRuleFits') return 'no_rule_fits';
  return because === 'unknownJob' ? 'job_not_found' : codes[because];
}

/** A refused verdict in the words of the API: why, and what would be accepted now. */
export function refusalProblem(because: Refusal, job: Job, node?: string): Problem {
  const index = node === undefined ? undefined : indexOfNode(job, node);
  const run = index === undefined ? undefined : nodeAt(job, index);
  const allowed = run
    ? allowedOnNode(job, run.state, index !== undefined && failedUndos(job).includes(index))
    : allowedOnJob(job);
  const currentAttempt = run && 'attempt' in run ? { currentAttempt: run.attempt } : {};
  return problem(codes[because], detailOf(because, job, node), { allowed, ...currentAttempt });
}

export function unknownJob(jobId: string): Problem {
  return problem('job_not_found', `there is no job \`${jobId}\``);
}

export function unknownNode(job: Job, node: string): Problem {
  return problem('node_not_found', `job \`${job.id}\` has no node \`${node}\``);
}

function allowedOnJob(job: Job): string[] {
  const { header } = job;
  const canRollBack =
    !header.rollback && nodeIndices(job).some((node) => isToCompensate(job, node)) ? ['rollback'] : [];
  if (isFinal(header.state)) return [...(header.parent ? [] : ofFinal(header.state)), ...canRollBack];
  const isAsked = header.recovery?.escalation !== undefined;
  if (header.rollback && failedUndos(job).length > 0) return ['cancel', ...(isAsked ? ['answer-recovery'] : [])];
  if (header.rollback) return [header.paused ? 'resume' : 'pause', 'cancel'];
  // What waits for an answer is not resumed.
  const halt = isAsked ? [] : [header.paused ? 'resume' : 'pause'];
  return [...halt, 'cancel', 'signal', ...canRollBack, ...ofRecovery(header)];
}

function ofFinal(state: Job['header']['state']): string[] {
  return state === 'completed' ? ['redrive'] : ['redrive', 'recover'];
}

function ofRecovery({ recovery }: Job['header']): string[] {
  if (!recovery) return ['recover'];
  return recovery.escalation ? ['answer-recovery', 'cancel-recovery'] : ['cancel-recovery'];
}

function allowedOnNode({ header }: Job, state: ReturnType<typeof nodeAt>['state'], isFailedUndo: boolean): string[] {
  if (isFinal(header.state)) return [];
  if (isFailedUndo) return ['retry-compensation', 'skip'];
  if (isSettled(state)) return [];
  if (state === 'retrying') return ['retry', 'cancel-retry', 'skip'];
  return state === 'running' || state === 'waiting' ? ['complete', 'fail', 'heartbeat', 'skip'] : ['skip'];
}

function detailOf(because: Refusal, job: Job, node: string | undefined): string {
  const the = `job \`${job.id}\``;
  switch (because) {
    case 'jobIsFinal':
      return `${the} is ${job.header.state}; only a new run changes it`;
    case 'jobIsPaused':
      return `${the} is paused${job.header.paused ? ` by ${job.header.paused.by}` : ''}`;
    case 'jobIsNotPaused':
      return `${the} is ${job.header.state}, not paused`;
    case 'unknownSignal':
      return `no node of ${the} waits for a signal of this name; ${namesOfSignals(job)}`;
    case 'tooManySignals':
      return `${the} keeps ${job.header.inbox.length} signals that no node has taken; ${limits.signalsKept} are the most, with ${limits.signalBytesKept} bytes of data together`;
    case 'requestKeyReused':
      return `${the} has carried out another request under this key`;
    case 'unknownCheckpoint':
      return `${the} has no such checkpoint; ${namesOfCheckpoints(job)}`;
    case 'tooManyCheckpoints':
      return `${the} has ${checkpointNamesMost} checkpoints with names, and more are not kept`;
    case 'recoveryUnderWay':
      return `${sessionOf(job)} acts on ${the}${job.header.recovery?.escalation ? ' and waits for an answer' : ''}`;
    case 'noRecoveryUnderWay':
      return `no recovery of ${the} is under way`;
    case 'recoveryNotEscalated':
      return `${sessionOf(job)} has asked nobody: it is ${job.header.recovery?.state ?? 'over'}`;
    case 'recoveryIsOver':
      return `it has ended; ${sessionOf(job)} acts on ${the} now`;
    case 'actionNotPossible':
      return `the action does not fit ${the}, which is ${job.header.state}, or a node that it is about; ${optionsOf(job)}`;
    case 'jobIsChild':
      return `${the} is ${job.header.state} and worked for job \`${job.header.parent?.jobId ?? ''}\``;
    case 'jobIsNotFinal':
      return `${the} is ${job.header.state} and goes on by itself`;
    case 'jobIsTooOld':
      return `${the} ended ${new Date(job.header.endedAt ?? 0).toISOString()}, more than a year ago`;
    case 'deadlineHasPassed':
      return `the deadline of ${the} was ${new Date(job.spec.deadline ?? 0).toISOString()}`;
    case 'nothingToRunAgain':
      return `${the} is ${job.header.state} and every node of it has done what it was asked for`;
    case 'specDoesNotFit':
      return `${the} has other nodes, or one that keeps its outcome would change`;
    case 'rollingBack':
      return `${the} is being rolled back`;
    case 'nothingToCompensate':
      return `${the} is ${job.header.state}, and no node of it that succeeded has a \`compensate\``;
    case 'tooManyCompensations':
      return `${the} would have more than ${limits.compensationsPerJob} compensations`;
    case 'compensationFailed':
      return `${the} waits for a decision on ${failedUndosText(job)}`;
    case 'noFailedCompensation':
      return `\`${node ?? ''}\` is no compensation that failed in a rollback under way`;
    case 'unknownNode':
      return `${the} has no node \`${node ?? ''}\``;
    case 'staleAttempt':
    case 'nodeIsNotReady':
    case 'nodeIsNotWaiting':
    case 'nodeIsNotRetrying':
    case 'nodeIsSettled':
    case 'notDue':
      return node === undefined ? `${the} is ${job.header.state}` : standingOf(job, node);
  }
}

function failedUndosText(job: Job): string {
  const ids = failedUndos(job).map((undo) => `\`${nodeIdAt(job, undo)}\``);
  const { namesTold } = apiLimits;
  return `${ids.slice(0, namesTold).join(', ')}${ids.length > namesTold ? `, and ${ids.length - namesTold} more` : ''}`;
}

function namesOfCheckpoints({ header }: Job): string {
  const names = (header.checkpoints ?? []).map(({ name }) => `\`${name}\``);
  return names.length === 0 ? 'it has none now' : `its checkpoints are ${names.join(', ')}`;
}

function sessionOf({ header }: Job): string {
  return `recovery \`${header.recovery?.id ?? ''}\``;
}

function optionsOf({ header }: Job): string {
  const options = header.recovery?.escalation?.options;
  return options
    ? `it may be answered with ${options.join(', ')}`
    : 'only a call can be put off or sent elsewhere, and no item by itself';
}

function namesOfSignals({ spec }: Job): string {
  const names = [...graphOf(spec).signals.keys()];
  if (names.length === 0) return 'it has no signal nodes';
  const told = names.slice(0, apiLimits.namesTold).map((name) => `\`${name}\``);
  return `its signals are ${told.join(', ')}${names.length > told.length ? `, and ${names.length - told.length} more` : ''}`;
}

/** Where the node stands: what a caller needs to see that it is late. */
function standingOf(job: Job, node: string): string {
  const index = indexOfNode(job, node);
  if (index === undefined) return `job \`${job.id}\` has no node \`${node}\``;
  const run = nodeAt(job, index);
  if (run.state === 'blocked') return `node \`${node}\` waits for its dependencies`;
  return isSettled(run.state)
    ? `node \`${node}\` has ${run.state === 'succeeded' || run.state === 'failed' ? '' : 'been '}${run.state} with attempt ${run.attempt}`
    : `node \`${node}\` is ${run.state} and its current attempt is ${run.attempt}`;
}
