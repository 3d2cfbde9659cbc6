import { type AuditLine, isFinal, isSettled, type Job, type NodeState, transitions } from '../../shared/jobs/index.ts';
import { attemptsAreFenced } from '../simulation/judge/law-of-attempts.ts';
import { auditTellsAll } from '../simulation/judge/law-of-audit.ts';
import { stateFollowsNodes } from '../simulation/judge/law-of-jobs.ts';
import { joinsHold } from '../simulation/judge/law-of-joins.ts';
import { checkChain } from '../simulation/judge/law-of-seals.ts';
import { nextCheckIsKept } from '../simulation/judge/law-of-time.ts';
import { idsOf, runsOf } from '../simulation/judge/reading.ts';
import type { Law } from '../simulation/judge/step.ts';
import { judgeCalls } from './judge-calls.ts';
import type { Entry } from './records.ts';

export interface StoredJob {
  readonly job: Job;
  readonly lines: readonly AuditLine[];
  /** Of this job, in the order in which they were noted. */
  readonly entries: readonly Entry[];
}

export type Blame = (sentence: string) => void;

/** Those of the simulation's laws that can be asked of a job from its beginning to its end as if it were one step. */
const laws: readonly Law[] = [attemptsAreFenced, auditTellsAll, stateFollowsNodes, joinsHold, nextCheckIsKept];

/** J8 and every law that what is stored, and what was called, can be held against. Gives a sentence for each fault. */
export function judgeStored(stored: StoredJob, now: number): readonly string[] {
  const { job, lines } = stored;
  const faults: string[] = [];
  const blame: Blame = (sentence) => void faults.push(`job ${job.id} (${job.spec.name}): ${sentence}`);
  if (!isFinal(job.header.state)) blame(`J8: it is ${job.header.state} and did not end`);
  const step = { before: undefined, stored: undefined, after: job, audit: lines, lines, by: 'the fleet', now };
  for (const law of laws) law(step, blame);
  linesMoveLawfully(lines, blame);
  joinsHeldInTime(job, lines, blame);
  settledOnce(job, lines, blame);
  checkChain(stored, blame);
  judgeCalls(stored, blame);
  return faults;
}

/** J1, line by line. */
function linesMoveLawfully(lines: readonly AuditLine[], blame: Blame): void {
  let state: Job['header']['state'] = 'pending';
  for (const line of lines) {
    if (line.job === undefined) continue;
    if (!transitions[state].includes(line.job)) blame(`J1: line ${line.seq} moves it from ${state} to ${line.job}`);
    state = line.job;
  }
}

/** J3 at the moment at which each node left blocked, not only in the end. */
function joinsHeldInTime({ spec }: Job, lines: readonly AuditLine[], blame: Blame): void {
  const states = new Map<string, NodeState>();
  const nodes = new Map(spec.nodes.map((node) => [node.id, node]));
  for (const { seq, node: id, to } of lines) {
    if (id === undefined || to === undefined) continue;
    const wasBlocked = !states.has(id);
    states.set(id, to);
    const node = nodes.get(id);
    if (!wasBlocked || !node || to === 'skipped' || to === 'cancelled') continue;
    const before = (node.dependsOn ?? []).map((dependency) => states.get(dependency) ?? 'blocked');
    if (!mayStart(node.join ?? 'all_succeeded', before))
      blame(`J3: line ${seq} makes ${id} ${to} while what it depends on is ${before.join(', ')}`);
  }
}

function mayStart(join: 'all_succeeded' | 'all_settled' | 'any_succeeded', before: readonly NodeState[]): boolean {
  switch (join) {
    case 'all_succeeded':
      return before.every((state) => state === 'succeeded');
    case 'all_settled':
      return before.every(isSettled);
    case 'any_succeeded':
      return before.length === 0 || before.includes('succeeded');
  }
}

function settledOnce(job: Job, lines: readonly AuditLine[], blame: Blame): void {
  const counts = new Map<string, number>();
  for (const { node, to } of lines)
    if (node !== undefined && to !== undefined && isSettled(to)) counts.set(node, (counts.get(node) ?? 0) + 1);
  const runs = runsOf(job);
  idsOf(job).forEach((id, index) => {
    const due = runs[index]!.state === 'cancelled' ? [0, 1] : [1];
    if (!due.includes(counts.get(id) ?? 0)) blame(`node ${id} settled ${counts.get(id) ?? 0} times`);
  });
}
