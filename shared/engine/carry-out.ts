import { type Effect, type Job, nodeAt } from '../jobs/index.ts';
import type { NodeMessage } from '../ports/index.ts';
import type { Claimer } from './claim-nodes.ts';
import type { Claim } from './commit-events.ts';
import { checkChild, checkParent, type Family, startChild, wakeParent } from './family.ts';
import type { RunningAttempts } from './running-attempts.ts';
import { tellEscalation } from './tell-escalation.ts';

export type CarryOut = (job: Job, claims: readonly Claim[], effects: readonly Effect[]) => void;

export interface CarryOutNeeds extends Family {
  readonly attempts: RunningAttempts;
  readonly claimer: Pick<Claimer, 'keepParcels'>;
  /** Runs on behind the caller; a failure is reported and left to the sweep. */
  inBackground(work: Promise<unknown>, context: string): void;
}

/** After a commit: what it asks for is done. Anything of it may be lost; the sweep finds from the state what is missing. */
export function createCarryOut(needs: CarryOutNeeds): CarryOut {
  const { parts, attempts, claimer, committer, inBackground } = needs;
  return (job, claims, effects) => {
    if (job.header.nextCheckAt === undefined) parts.timers.drop(job.id);
    else parts.timers.set(job.id, job.header.nextCheckAt, earliestAlarm(effects));
    if (effects.length === 0) return;
    const messages = claimer.keepParcels(job.id, toPublish(job, claims, effects));
    if (messages.length > 0)
      inBackground(parts.queue.publish(messages), `publishing ${messages.length} nodes of job ${job.id}`);
    for (const effect of effects) carryOut(job, effect);
  };

  function carryOut(job: Job, effect: Effect): void {
    switch (effect.kind) {
      case 'enqueue':
      case 'alarm':
        return;
      case 'abort':
        return attempts.find(job.id, effect.node, effect.attempt)?.abandon('the attempt is over');
      case 'startChild':
        return inBackground(startChild(needs, job, effect), `starting ${effect.childId}`);
      case 'checkChild':
        return inBackground(checkChild(needs, job, effect), `checking ${effect.childId}`);
      case 'cancelChild':
        return inBackground(
          committer.commit(effect.childId, [{ kind: 'cancelled', by: `job ${job.id}` }]),
          `cancelling ${effect.childId}`,
        );
      case 'wakeParent':
        return inBackground(wakeParent(needs, job), `waking ${effect.parentId}`);
      case 'notify':
        return inBackground(tellEscalation(needs, job, effect.session), `telling of recovery ${effect.session}`);
      case 'checkParent':
        return inBackground(checkParent(needs, job), `checking ${effect.parentId}`);
    }
  }
}

/** What was claimed in the same commit needs no message, nor what was postponed in it. */
function toPublish(job: Job, claims: readonly Claim[], effects: readonly Effect[]): NodeMessage[] {
  const claimed = new Set(claims.map(({ node }) => node));
  return effects.flatMap((effect) => {
    if (effect.kind !== 'enqueue' || claimed.has(effect.node) || nodeAt(job, effect.node).state !== 'ready') return [];
    const { node, attempt, priority, parcel } = effect;
    return [{ jobId: job.id, node, attempt, priority, ...(parcel !== undefined && { parcel }) }];
  });
}

function earliestAlarm(effects: readonly Effect[]): number | undefined {
  const alarms = effects.flatMap((effect) => (effect.kind === 'alarm' ? [effect.at] : []));
  return alarms.length === 0 ? undefined : Math.min(...alarms);
}
