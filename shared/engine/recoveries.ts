import { answerRecovery, cancelRecovery } from './answer-recovery.ts';
import type { Committer } from './commit-events.ts';
import { diagnoseJob } from './diagnose-job.ts';
import type { Engine } from './engine.ts';
import type { Parts } from './parts.ts';
import { recoverJob } from './recover-job.ts';

type RecoveryDesk = Pick<
  Engine,
  'diagnose' | 'recover' | 'answerRecovery' | 'cancelRecovery' | 'getRecovery' | 'listRecoveries'
>;

/** What people ask of recovery sessions. */
export function recoveriesOf(
  { clock, recoveries }: Pick<Parts, 'clock' | 'recoveries'>,
  committer: Pick<Committer, 'read' | 'commit'>,
): RecoveryDesk {
  const needs = { clock, recoveries, committer };
  return {
    diagnose: async (jobId) => (await diagnoseJob(needs, jobId))?.findings,
    recover: (jobId, wish, asked) => recoverJob(needs, jobId, wish, asked),
    answerRecovery: (recoveryId, reply, asked) => answerRecovery(needs, recoveryId, reply, asked),
    cancelRecovery: (recoveryId, asked) => cancelRecovery(needs, recoveryId, asked),
    getRecovery: (recoveryId) => recoveries.get(recoveryId),
    listRecoveries: (query) => recoveries.list(query),
  };
}
