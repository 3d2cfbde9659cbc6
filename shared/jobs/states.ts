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
 * J1: a job moves along this table and no other way; from a final state nothing leads out.
 * It holds what can happen and no more: nothing runs that was not queued or resumed, and only what ran can lose its lease.
 * `rolling_back` has no way in yet: it belongs to recovery's rollback action.
 */
export const transitions: Readonly<Record<JobState, readonly JobState[]>> = {
  pending: ['scheduled', 'queued', 'waiting', 'completed', 'failed'],
  scheduled: ['queued', 'waiting', 'paused', 'completed', 'failed', 'aborted'],
  queued: ['running', 'waiting', 'paused', 'retrying', 'completed', 'failed', 'aborted'],
  running: ['queued', 'waiting', 'paused', 'retrying', 'recovering', 'completed', 'failed', 'aborted'],
  waiting: ['queued', 'paused', 'retrying', 'completed', 'failed', 'aborted'],
  paused: ['scheduled', 'queued', 'running', 'waiting', 'retrying', 'recovering', 'completed', 'failed', 'aborted'],
  retrying: ['queued', 'waiting', 'paused', 'completed', 'failed', 'aborted'],
  recovering: ['queued', 'running', 'waiting', 'paused', 'retrying', 'completed', 'failed', 'aborted'],
  rolling_back: [],
  completed: [],
  failed: [],
  aborted: [],
};
