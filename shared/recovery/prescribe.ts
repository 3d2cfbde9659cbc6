import {
  applyToDraft,
  type Finding,
  indexOfNode,
  type Job,
  nodeAt,
  nodeIndices,
  nodeSpecAt,
  openDraft,
  type RecoveryChoice,
  restoresOf,
  runOf,
} from '../jobs/index.ts';
import {
  decideRecovery,
  type RecoveryAction,
  type RecoveryPolicy,
  type RecoveryRule,
  recoveryActions,
  sentenceOf,
} from '../policy/recovery/index.ts';

export interface Prescription {
  readonly finding: Finding;
  readonly choice: RecoveryChoice;
  /** Which rule it is. */
  readonly because: string;
}

/** The first finding that a rule is for, and what the rule says: those of its node, then those of the job. Undefined where none fits. */
export function prescribe(job: Job, findings: readonly Finding[], now: number): Prescription | undefined {
  for (const finding of findings) {
    const node = finding.node === undefined ? undefined : indexOfNode(job, finding.node);
    const policy = policyFor(job, node);
    const can = (rule: RecoveryRule) => isPossible(job, choiceOf(job, rule, finding, node), finding, now);
    const remedy = decideRecovery(policy, finding, usedBy(job, node, policy), can);
    if (!remedy) continue;
    return { finding, choice: choiceOf(job, remedy.rule, finding, node), because: sentenceOf(remedy, policy) };
  }
  return undefined;
}

/** What an operator may ask for, of the job as it stands. */
export function optionsOf(job: Job, now: number): readonly RecoveryAction[] {
  const finding = findingFor([], []);
  return recoveryActions.filter((action) => isPossible(job, { action }, finding, now));
}

/** What somebody's choice is about: what was found of the nodes that he names, or else the first of all. */
export function findingFor(findings: readonly Finding[], nodeIds: readonly string[]): Finding {
  const about = nodeIds.length === 0 ? findings : findings.filter(({ node }) => nodeIds.some((id) => id === node));
  return about[0] ?? { kind: 'none', message: 'nothing was found to be wrong' };
}

/** Tried, and nothing comes of it: the one door says whether it lets it pass. */
function isPossible(job: Job, choice: RecoveryChoice, finding: Finding, now: number): boolean {
  const event = { kind: 'recoveryStarted', ...choice, finding, by: 'a trial' } as const;
  return applyToDraft(openDraft(job, now), event).kind === 'applied';
}

function policyFor(job: Job, node: number | undefined): RecoveryPolicy {
  const { recovery: own = [] } = node === undefined ? {} : nodeSpecAt(job, node);
  return [...own, ...(job.spec.recovery ?? [])];
}

/** How often the rules have acted by themselves in this run: for the node, or of a job's finding for any node. A restore counts for the job. */
function usedBy(job: Job, node: number | undefined, policy: RecoveryPolicy): readonly number[] {
  const all = node === undefined ? nodeIndices(job) : [node];
  const used = all.flatMap((each) => usedAt(job, each, node === undefined) ?? []);
  return policy.map((rule, place) =>
    rule.do === 'restore' ? restoresOf(job.header) : used.reduce((most, each) => Math.max(most, each[place] ?? 0), 0),
  );
}

/** Of all rules of a node, its own first, or of the job's alone. */
function usedAt(job: Job, node: number, ofJobAlone: boolean): [readonly number[]] | undefined {
  const run = nodeAt(job, node);
  const recovered = 'recovered' in run ? run.recovered : undefined;
  if (recovered?.run !== runOf(job.header)) return undefined;
  return [ofJobAlone ? recovered.used.slice(nodeSpecAt(job, node).recovery?.length ?? 0) : recovered.used];
}

function choiceOf(job: Job, rule: RecoveryRule, { kind }: Finding, node: number | undefined): RecoveryChoice {
  const { on: _, do: action, times: __, ...how } = rule;
  const isOfNodes = action === 'retry' || action === 'requeue' || action === 'skip';
  if (!isOfNodes) return { action, ...how };
  const about = node === undefined ? waitingInVain(job, kind) : [node];
  return { action, ...how, ...(about && { nodes: about }) };
}

/** Of a job that stands still, the nodes that nobody takes; of any other, all that the action fits. */
function waitingInVain(job: Job, kind: Finding['kind']): readonly number[] | undefined {
  return kind === 'stalled_job' ? nodeIndices(job).filter((node) => nodeAt(job, node).state === 'ready') : undefined;
}
