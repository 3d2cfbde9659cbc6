import { graphOf, indexOfNode, isFinal, isSettled, type Job, limits, nodeAt, type Refusal } from '../../jobs/index.ts';
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
};

/** A refused verdict in the words of the API: why, and what would be accepted now. */
export function refusalProblem(because: Refusal, job: Job, node?: string): Problem {
  const index = node === undefined ? undefined : indexOfNode(job, node);
  const run = index === undefined ? undefined : nodeAt(job, index);
  const allowed = run ? allowedOnNode(job, run.state) : allowedOnJob(job);
  const currentAttempt = run && 'attempt' in run ? { currentAttempt: run.attempt } : {};
  return problem(codes[because], detailOf(because, job, node), { allowed, ...currentAttempt });
}

export function unknownJob(jobId: string): Problem {
  return problem('job_not_found', `there is no job \`${jobId}\``);
}

export function unknownNode(job: Job, node: string): Problem {
  return problem('node_not_found', `job \`${job.id}\` has no node \`${node}\``);
}

function allowedOnJob({ header }: Job): string[] {
  if (isFinal(header.state)) return [];
  return [header.paused ? 'resume' : 'pause', 'cancel', 'signal'];
}

function allowedOnNode({ header }: Job, state: ReturnType<typeof nodeAt>['state']): string[] {
  if (isFinal(header.state) || isSettled(state)) return [];
  if (state === 'retrying') return ['retry', 'cancel-retry', 'skip'];
  return state === 'running' || state === 'waiting' ? ['complete', 'fail', 'heartbeat', 'skip'] : ['skip'];
}

function detailOf(because: Refusal, job: Job, node: string | undefined): string {
  const the = `job \`${job.id}\``;
  switch (because) {
    case 'jobIsFinal':
      return `${the} is ${job.header.state}; nothing changes it any more`;
    case 'jobIsPaused':
      return `${the} is paused${job.header.paused ? ` by ${job.header.paused.by}` : ''}`;
    case 'jobIsNotPaused':
      return `${the} is ${job.header.state}, not paused`;
    case 'unknownSignal':
      return `no node of ${the} waits for a signal of this name; ${namesOfSignals(job)}`;
    case 'tooManySignals':
      return `${the} keeps ${job.header.inbox.length} signals that no node has taken; ${limits.signalsKept} are the most, with ${limits.signalBytesKept} bytes of data together`;
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
