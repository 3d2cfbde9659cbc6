import type { Recovered, RecoveryWish } from '../../engine/recover-job.ts';
import { type Finding, indexOfNode, type Job, type RecoverySession, type Refusal } from '../../jobs/index.ts';
import { optionsOf } from '../../recovery/index.ts';
import { apiLimits } from './limits.ts';
import { type Problem, problem } from './problem.ts';
import { codeOfRefusal, refusalProblem, unknownJob, unknownNode } from './refusals.ts';

/** Why nothing was done about a job, or about what a recovery had asked, and what would be accepted. */

type Refused = Extract<Recovered, { kind: 'refused' }>;

/** What was asked for. */
export interface WishOf {
  readonly jobId: string;
  readonly wish: RecoveryWish;
}

export function deniedRecovery(
  answer: Exclude<Recovered, { kind: 'done' | 'repeated' }>,
  { jobId, wish }: WishOf,
  now: number,
): Problem {
  switch (answer.kind) {
    case 'unknownJob':
      return unknownJob(jobId);
    case 'noRuleFits':
      return noRuleFits(answer);
    case 'refused':
      return refusedWish(answer, wish, now);
  }
}

export function unknownRecovery(recoveryId: string): Problem {
  return problem('recovery_not_found', `there is no recovery \`${recoveryId}\``);
}

export function noRuleFits({ job, findings, options }: Extract<Recovered, { kind: 'noRuleFits' }>): Problem {
  const the = `job \`${job.id}\`, which is ${job.header.state}`;
  const detail =
    findings.length === 0
      ? `nothing was found to be wrong with ${the}`
      : `no rule that can act is for what was found of ${the}: ${findingsText(findings)}`;
  return problem('no_rule_fits', detail, { allowed: options });
}

/** What an escalated recovery was answered, or that it be called off. */
export function deniedAnswer({ because, job }: Refused, session: RecoverySession, nodes?: readonly string[]): Problem {
  const options = session.escalation?.options ?? [];
  const the = `recovery \`${session.id}\` of job \`${job.id}\``;
  switch (because) {
    case 'unknownNode':
      return unknownOf(job, nodes);
    case 'jobIsFinal':
    case 'noRecoveryUnderWay':
    case 'recoveryIsOver': {
      const { recovery, state } = job.header;
      const other = recovery ? `, and \`${recovery.id}\` acts on the job now` : `, and the job is ${state}`;
      const allowed = recovery || state === 'completed' ? [] : ['recover'];
      return problem('recovery_is_over', `${the} has ended: it is ${session.state}${other}`, { allowed });
    }
    case 'actionNotPossible':
    case 'nothingToRunAgain':
      return problem(
        codeOfRefusal(because),
        because === 'actionNotPossible'
          ? `this is no answer to ${the}; it may be answered with ${options.join(', ')}`
          : `none of these nodes waits for an answer to ${the}`,
        { allowed: options },
      );
    default:
      return withAllowed(refusalProblem(because, job), because, options);
  }
}

function refusedWish({ because, job }: Refused, { action, nodes }: RecoveryWish, now: number): Problem {
  const options = optionsOf(job, now);
  const state = `job \`${job.id}\`, which is ${job.header.state}`;
  switch (because) {
    case 'unknownNode':
      return unknownOf(job, nodes);
    case 'jobIsFinal':
      return problem('job_is_final', `${state}, has ended: there is nothing left to ${action ?? 'recover'}`, {
        allowed: options,
      });
    case 'nothingToRunAgain':
    case 'actionNotPossible': {
      const which = nodes ? nodes.map((id) => `\`${id}\``).join(', ') : 'any node';
      return problem(codeOfRefusal(because), `\`${action ?? ''}\` is not possible for ${which} of ${state}`, {
        allowed: options,
      });
    }
    default:
      return withAllowed(refusalProblem(because, job), because, options);
  }
}

/** What can be done instead: another action, but for a key that was used, and where a recovery is under way. */
function withAllowed(of: Problem, because: Refusal, options: readonly string[]): Problem {
  if (because === 'requestKeyReused' || because === 'recoveryUnderWay') return of;
  return { ...of, more: { ...of.more, allowed: options } };
}

function unknownOf(job: Job, nodes: readonly string[] = []): Problem {
  return unknownNode(job, nodes.find((id) => indexOfNode(job, id) === undefined) ?? '');
}

function findingsText(findings: readonly Finding[]): string {
  const told = findings.slice(0, apiLimits.namesTold).map(({ kind, node, code }) => {
    const of = node === undefined ? '' : ` of \`${node}\``;
    return `${kind}${of}${code === undefined ? '' : ` (${code})`}`;
  });
  return `${told.join(', ')}${findings.length > told.length ? `, and ${findings.length - told.length} more` : ''}`;
}
