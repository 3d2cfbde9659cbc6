import type { ByOperator, Job, JobEvent, RecoveryChoice } from '../jobs/index.ts';
import type { Recoveries } from '../ports/index.ts';
import { answerOf, indicesOf } from './answer.ts';
import type { Committer } from './commit-events.ts';
import type { Answer } from './engine.ts';

/** What a session that has asked is answered. */
export interface RecoveryReply extends Omit<RecoveryChoice, 'nodes'> {
  /** Ids of nodes that wait for the answer; all of them unless said. */
  readonly nodes?: readonly string[];
}

export type RecoveryAnswered = Answer | { readonly kind: 'unknownRecovery' };

export interface RecoveryNeeds {
  readonly recoveries: Recoveries;
  readonly committer: Pick<Committer, 'read' | 'commit'>;
}

export async function answerRecovery(
  needs: RecoveryNeeds,
  recoveryId: string,
  { nodes: ids, ...choice }: RecoveryReply,
  asked: ByOperator,
): Promise<RecoveryAnswered> {
  return withSession(needs, recoveryId, (job) => {
    const nodes = ids && indicesOf(job, ids);
    if (ids && !nodes) return undefined;
    return { kind: 'recoveryAnswered', session: recoveryId, ...choice, ...(nodes && { nodes }), ...asked };
  });
}

/** What it found stands as it is. */
export async function cancelRecovery(
  needs: RecoveryNeeds,
  recoveryId: string,
  asked: ByOperator,
): Promise<RecoveryAnswered> {
  return withSession(needs, recoveryId, () => ({ kind: 'recoveryCancelled', session: recoveryId, ...asked }));
}

async function withSession(
  { recoveries, committer }: RecoveryNeeds,
  recoveryId: string,
  make: (job: Job) => JobEvent | undefined,
): Promise<RecoveryAnswered> {
  const session = await recoveries.get(recoveryId);
  const job = session && (await committer.read(session.jobId));
  if (!job) return { kind: 'unknownRecovery' };
  const event = make(job);
  if (!event) return { kind: 'refused', because: 'unknownNode', job };
  const committed = await committer.commit(job.id, [event]);
  return committed ? answerOf(committed) : { kind: 'unknownRecovery' };
}
