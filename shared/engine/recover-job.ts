import type { Clock } from '../core/clock.ts';
import type { Json } from '../core/json.ts';
import type { ByOperator, Finding, Job, JobEvent, RecoveryChoice } from '../jobs/index.ts';
import type { RecoveryAction } from '../policy/recovery/index.ts';
import { findingFor, optionsOf, prescribe } from '../recovery/index.ts';
import { answerOf, indicesOf } from './answer.ts';
import type { Committer } from './commit-events.ts';
import { type DiagnoseNeeds, diagnoseJob } from './diagnose-job.ts';
import type { Answer } from './engine.ts';

/** What somebody wants to be done about a job. */
export interface RecoveryWish extends Omit<RecoveryChoice, 'action' | 'nodes'> {
  /** Without one the job's rules decide on what is found, and nothing but `nodes` may be said beside it. */
  readonly action?: RecoveryAction;
  /** Ids: of the nodes that it is about, or that are to be diagnosed. All unless said. */
  readonly nodes?: readonly string[];
}

export type Recovered =
  | Answer
  /** No rule of the job is for what was found; nothing has changed. */
  | {
      readonly kind: 'noRuleFits';
      readonly findings: readonly Finding[];
      /** Actions that can be asked for. */
      readonly options: readonly RecoveryAction[];
      readonly job: Job;
    };

export interface RecoverNeeds extends DiagnoseNeeds {
  readonly committer: Pick<Committer, 'read' | 'commit'>;
  readonly clock: Clock;
}

type Start = Extract<JobEvent, { kind: 'recoveryStarted' }>;

/** Begins a recovery session: with the action that is asked for, or with the one that the job's rules have for what is found. */
export async function recoverJob(
  needs: RecoverNeeds,
  jobId: string,
  given: RecoveryWish,
  asked: ByOperator,
): Promise<Recovered> {
  const diagnosed = await diagnoseJob(needs, jobId);
  if (!diagnosed) return { kind: 'unknownJob' };
  const { job, findings } = diagnosed;
  const { nodes: ids = [] } = given;
  const nodes = indicesOf(job, ids);
  if (!nodes) return { kind: 'refused', because: 'unknownNode', job };
  const wish = { ...given, ...(asked.reason !== undefined && { reason: asked.reason }) } as Json;
  const sign = (choice: RecoveryChoice, finding: Finding, why?: string): Start => {
    const reason = [asked.reason, why].filter((part) => part !== undefined).join('; ');
    return { kind: 'recoveryStarted', ...choice, finding, wish, ...asked, ...(reason && { reason }) };
  };
  const { action, nodes: _, ...how } = given;
  if (action !== undefined) {
    const choice = { action, ...how, ...(ids.length > 0 && { nodes }) };
    return start(needs, jobId, sign(choice, findingFor(findings, ids)));
  }
  // What it asked for under this key has been done, or the key came with something else: its verdict is the door's.
  if (isRepeated(job, asked)) return start(needs, jobId, sign({ action: 'fail' }, findingFor([], [])));
  const found = ids.length === 0 ? findings : findings.filter(({ node }) => ids.some((id) => id === node));
  const now = needs.clock.now();
  const prescribed = prescribe(job, found, now);
  if (!prescribed) {
    if (job.header.recovery) return { kind: 'refused', because: 'recoveryUnderWay', job };
    if (job.header.rollback) return { kind: 'refused', because: 'rollingBack', job };
    return { kind: 'noRuleFits', findings: found, options: optionsOf(job, now), job };
  }
  return start(needs, jobId, sign(prescribed.choice, prescribed.finding, prescribed.because));
}

async function start({ committer }: RecoverNeeds, jobId: string, event: Start): Promise<Recovered> {
  const committed = await committer.commit(jobId, [event]);
  return committed ? answerOf(committed) : { kind: 'unknownJob' };
}

function isRepeated({ header }: Job, { request }: ByOperator): boolean {
  return request !== undefined && header.requests?.some(({ key }) => key === request) === true;
}
