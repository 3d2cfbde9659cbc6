import type { RecoverySession } from '../../shared/jobs/index.ts';

/** A recovery session made by hand, for tests of what keeps them. */
export function aSession(
  jobId: string,
  number: number,
  startedAt = 1_000.25,
  state: RecoverySession['state'] = 'acting',
): RecoverySession {
  return {
    id: `${jobId}.r${number}`,
    jobId,
    number,
    state,
    startedAt,
    by: 'ada',
    finding: { kind: 'timeout', node: 'ü "quoted"', attempt: 3, code: 'timeout', message: 'it\nwas late' },
    nodes: [0],
    steps: [{ at: startedAt, action: 'retry', node: 'pay', by: 'ada', because: 'again' }],
    stepCount: 1,
    checkpoint: `before ${jobId}.r${number}`,
  };
}
