/** The 12 states of a job. The last three are final. */
export const jobStates = [
  'pending',
  'scheduled',
  'queued',
  'running',
  'waiting',
  'paused',
  'retrying',
  'recovering',
  'rolling_back',
  'completed',
  'failed',
  'aborted',
] as const;
export type JobState = (typeof jobStates)[number];

export const finalStates = ['completed', 'failed', 'aborted'] as const satisfies readonly JobState[];
export type FinalState = (typeof finalStates)[number];

export function isFinal(state: JobState): state is FinalState {
  return state === 'completed' || state === 'failed' || state === 'aborted';
}

export const nodeStates = [
  'blocked',
  'ready',
  'running',
  'waiting',
  'retrying',
  'succeeded',
  'failed',
  'skipped',
  'cancelled',
] as const;
export type NodeState = (typeof nodeStates)[number];
export type SettledState = 'succeeded' | 'failed' | 'skipped' | 'cancelled';

export function isSettled(state: NodeState): state is SettledState {
  return state === 'succeeded' || state === 'failed' || state === 'skipped' || state === 'cancelled';
}

/**
 * J1: a job moves along this table and no other way. From a final state only a new run leads out, which somebody asked for (`reopenJob`).
 * It holds what can happen and no more: nothing runs that was not queued or resumed, and only what ran can lose its lease.
 * Only a rollback leads to `rolling_back`, from wherever the job is, and from there it only ends, as failed or aborted.
 */
export const transitions: Readonly<Record<JobState, readonly JobState[]>> = {
  pending: ['scheduled', 'queued', 'waiting', 'paused', 'completed', 'failed', 'aborted'],
  scheduled: ['queued', 'waiting', 'paused', 'rolling_back', 'completed', 'failed', 'aborted'],
  queued: ['running', 'waiting', 'paused', 'retrying', 'rolling_back', 'completed', 'failed', 'aborted'],
  running: ['queued', 'waiting', 'paused', 'retrying', 'recovering', 'rolling_back', 'completed', 'failed', 'aborted'],
  waiting: ['queued', 'paused', 'retrying', 'rolling_back', 'completed', 'failed', 'aborted'],
  paused: [
    'scheduled',
    'queued',
    'running',
    'waiting',
    'retrying',
    'recovering',
    'rolling_back',
    'completed',
    'failed',
    'aborted',
  ],
  retrying: ['queued', 'waiting', 'paused', 'rolling_back', 'completed', 'failed', 'aborted'],
  recovering: ['queued', 'running', 'waiting', 'paused', 'retrying', 'rolling_back', 'completed', 'failed', 'aborted'],
  rolling_back: ['paused', 'failed', 'aborted'],
  completed: ['queued', 'waiting', 'paused', 'failed', 'aborted', 'rolling_back'],
  failed: ['queued', 'waiting', 'paused', 'retrying', 'completed', 'aborted', 'rolling_back'],
  aborted: ['scheduled', 'queued', 'waiting', 'paused', 'retrying', 'completed', 'failed', 'rolling_back'],
};
