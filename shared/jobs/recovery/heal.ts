import {
  decideRecovery,
  type RecoveryPolicy,
  type RecoveryRule,
  type Remedy,
  sentenceOf,
  usedWith,
} from '../../policy/recovery/index.ts';
import type { Failure } from '../../policy/retry/index.ts';
import { failedUndos } from '../compensation.ts';
import { type Draft, put, tell } from '../draft.ts';
import type { Finding, SettledNode } from '../job.ts';
import { itemAt, nodeAt, nodeIdAt, nodeSpecAt } from '../nodes.ts';
import { runOf } from '../reopen-job.ts';
import { restoreRefusal } from '../restore-job.ts';
import { rollbackRefusal } from '../rollback-job.ts';
import type { Line } from '../settle-node.ts';
import { undoAt } from '../undos.ts';
import { abort, askAbout, canBeAsked, redirect, restore, rollBack, skipOver, tryAgain } from './act.ts';
import { escalate } from './escalate.ts';
import { findingOf } from './finding.ts';
import { restoresOf } from './recovered.ts';
import { addStep, joinSession, onBehalf } from './session.ts';

/** Who acts where rules do. */
export const ofRules = 'recovery policy';
const by = ofRules;

/**
 * A node has failed for good, and its dependants have not heard yet: its rules, and then its job's, say what is done about it. True where
 * something else was made of the node, so that nobody is to hear of a failure.
 */
export function heal(draft: Draft, node: number): boolean {
  const run = nodeAt(draft, node);
  if (run.state !== 'failed' || draft.header.rollback || undoAt(draft, node)) return false;
  const policy = policyFor(draft, node);
  const finding = policy.length > 0 ? findingOf(draft, node) : undefined;
  if (!finding) return false;
  const used = usedBefore(draft, run, policy);
  const remedy = decideRecovery(policy, finding, used, (rule) => isPossible(draft, node, rule));
  if (!remedy) return false;
  const recovered = { run: runOf(draft.header), used: usedWith(used, remedy) };
  put(draft, node, { ...run, recovered } satisfies SettledNode);
  joinSession(draft, by, finding);
  const because = sentenceOf(remedy, policy);
  const { do: action } = remedy.rule;
  addStep(draft, { action, by, because }, node);
  onBehalf(draft, { action, finding: finding.kind }, () => apply(draft, node, remedy, finding, because));
  return nodeAt(draft, node).state !== 'failed' || draft.header.endedAt !== undefined;
}

function apply(draft: Draft, node: number, { rule }: Remedy, finding: Finding, because: string): void {
  const line: Line = { event: 'recoveryActed', by, because };
  switch (rule.do) {
    case 'retry':
      return tryAgain(draft, node, rule, line);
    case 'requeue':
      redirect(draft, node, rule, by);
      return tryAgain(draft, node, rule, line);
    case 'skip':
      return skipOver(draft, node, by, line);
    case 'escalate':
      askAbout(draft, node, line);
      return escalate(draft, by, rule.to, finding);
    case 'abort':
      return abort(draft, by, because);
    case 'rollback':
      return rollBack(draft, by, because, failureAt(draft, node));
    case 'restore':
      draft.header.restores = { run: runOf(draft.header), count: restoresOf(draft.header) + 1 };
      return restore(draft, rule.checkpoint, by, because);
  }
}

function failureAt(draft: Draft, node: number): Failure | undefined {
  const run = nodeAt(draft, node);
  return run.state === 'failed' ? run.failure : undefined;
}

/** A restore is counted for the job: its nodes run again, and a map's items are other ones then. */
function usedBefore(draft: Draft, { recovered }: SettledNode, policy: RecoveryPolicy): readonly number[] {
  const used = recovered?.run === runOf(draft.header) ? recovered.used : [];
  return policy.map((rule, place) => (rule.do === 'restore' ? restoresOf(draft.header) : (used[place] ?? 0)));
}

/** The job's rules are about failures that would be the job's. */
function policyFor(draft: Draft, node: number): RecoveryPolicy {
  const { recovery: own = [] } = nodeSpecAt(draft, node);
  const { recovery: ofJob = [] } = draft.spec;
  return ofJob.length > 0 && isAccepted(draft, node) ? own : [...own, ...ofJob];
}

function isAccepted(draft: Draft, node: number): boolean {
  if (nodeSpecAt(draft, node).onFailure === 'continue') return true;
  if (itemAt(draft, node)) return false;
  return draft.graph.dependants[node]!.some((dependant) => {
    const { join = 'all_succeeded' } = draft.spec.nodes[dependant]!;
    return join !== 'all_succeeded';
  });
}

function isPossible(draft: Draft, node: number, rule: RecoveryRule): boolean {
  if (rule.do === 'restore') return restoreRefusal(draft, rule.checkpoint) === undefined;
  if (rule.do === 'rollback') return rollbackRefusal(draft) === undefined;
  return rule.do !== 'retry' && rule.do !== 'requeue' ? true : canBeAsked(draft, node, { ...rule, action: rule.do });
}

/** A compensation has failed for good, and with it the rollback stands still: whoever is to be told of escalations is asked. */
export function healRollback(draft: Draft): void {
  const { header } = draft;
  if (header.paused?.cause !== 'compensationFailed' || header.recovery?.escalation) return;
  const [undo] = failedUndos(draft);
  const finding = undo === undefined ? undefined : undoFinding(draft, undo);
  if (undo === undefined || !finding) return;
  joinSession(draft, 'rollback', finding);
  const because = 'a compensation failed for good';
  addStep(draft, { action: 'escalate', by: 'rollback', because }, undo);
  const to = draft.spec.recovery?.find((rule) => rule.to !== undefined)?.to;
  onBehalf(draft, { action: 'escalate', finding: finding.kind }, () => {
    tell(draft, { event: 'recoveryActed', by: 'rollback', because }, undo);
    escalate(draft, 'rollback', to, finding);
  });
}

function undoFinding(draft: Draft, undo: number): Finding | undefined {
  const run = nodeAt(draft, undo);
  if (run.state !== 'failed' || !run.failure) return undefined;
  const { code, message } = run.failure;
  return { kind: 'failed_node', node: nodeIdAt(draft, undo), attempt: run.attempt, code, message };
}

/** The job has run out of time. True where it is not simply over by that. */
export function healDeadline(draft: Draft, finding: Finding): boolean {
  const { recovery = [] } = draft.spec;
  const able = (rule: RecoveryRule) => rule.do === 'rollback' || rule.do === 'escalate' || rule.do === 'abort';
  const remedy = draft.header.rollback ? undefined : decideRecovery(recovery, finding, [], able);
  if (!remedy) return false;
  joinSession(draft, by, finding);
  const because = sentenceOf(remedy, recovery);
  const { do: action, to } = remedy.rule;
  addStep(draft, { action, by, because });
  onBehalf(draft, { action, finding: finding.kind }, () => {
    if (action === 'rollback') rollBack(draft, by, because, { code: 'deadline_exceeded', message: finding.message });
    else if (action === 'abort') abort(draft, by, because);
    else {
      delete draft.header.deadlineAt;
      tell(draft, { event: 'recoveryActed', by, because });
      escalate(draft, by, to, finding);
    }
  });
  return true;
}
