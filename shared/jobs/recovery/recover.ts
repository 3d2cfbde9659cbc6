import { failedUndos } from '../compensation.ts';
import { type Draft, tell } from '../draft.ts';
import { applied, type JobEvent, refused, type Verdict } from '../event.ts';
import type { RecoverySession } from '../job.ts';
import { resumeJob } from '../job-moves.ts';
import { nodeIndices } from '../nodes.ts';
import type { Line } from '../settle-node.ts';
import { choiceRefusal, nodesFor, startRefusal } from './choice.ts';
import { type Choice, deeds, letFail, letRunOut } from './deeds.ts';
import { isAsking } from './escalate.ts';
import { addStep, endSession, onBehalf, openSession, putSession } from './session.ts';

type Of<Kind extends JobEvent['kind']> = Extract<JobEvent, { kind: Kind }>;

/** Somebody has a job recovered: one action, about the nodes that are named or about all that it fits. */
export function recoverJob(draft: Draft, event: Of<'recoveryStarted'>): Verdict {
  const { header } = draft;
  if (header.recovery) return refused('recoveryUnderWay');
  if (header.rollback) return refused('rollingBack');
  const refusal = startRefusal(draft, event);
  if (refusal) return refused(refusal);
  const about = nodesFor(draft, event);
  openSession(draft, event.by, event.finding, event.checkpoint);
  return act(draft, event, about, { event: 'recoveryStarted', by: event.by });
}

/** The answer to a session that has asked. */
export function answerRecovery(draft: Draft, event: Of<'recoveryAnswered'>): Verdict {
  const { header } = draft;
  const session = header.recovery;
  if (!session) return refused('noRecoveryUnderWay');
  if (isOther(event, session)) return refused('recoveryIsOver');
  if (!session.escalation) return refused('recoveryNotEscalated');
  if (!session.escalation.options.includes(event.action) || event.action === 'escalate')
    return refused('actionNotPossible');
  const waiting = header.rollback ? failedUndos(draft) : nodeIndices(draft).filter((node) => isAsking(draft, node));
  const about = event.nodes ? waiting.filter((node) => event.nodes!.includes(node)) : waiting;
  // Where no node waits for the answer, the job goes on by a retry.
  const isToGoOn = waiting.length === 0 && event.action === 'retry' && !event.nodes;
  const refusal = isToGoOn ? undefined : choiceRefusal(draft, event, about);
  if (refusal) return refused(refusal);
  const { escalation: _, ...acting } = session;
  const line: Line = { event: 'recoveryAnswered', by: event.by };
  onBehalf(draft, { action: event.action }, () => {
    tell(draft, { ...line, because: sentenceOf(event, about.length) });
    if (about.length < waiting.length) return;
    putSession(draft, { ...acting, state: 'acting' });
    if (header.paused?.cause === 'escalated') resumeJob(draft, event.by);
  });
  return act(draft, event, about, line);
}

/** What was found stands: nodes that waited for an answer have failed. */
export function cancelRecovery(draft: Draft, event: Of<'recoveryCancelled'>): Verdict {
  const { by, reason } = event;
  const session = draft.header.recovery;
  if (!session) return refused('noRecoveryUnderWay');
  if (isOther(event, session)) return refused('recoveryIsOver');
  if (draft.header.rollback) return refused('rollingBack');
  tell(draft, {
    event: 'recoveryCancelled',
    by,
    session: session.id,
    ...(reason !== undefined && { because: reason }),
  });
  if (session.escalation && draft.header.paused?.cause === 'escalated') resumeJob(draft, by);
  for (const node of nodeIndices(draft))
    if (isAsking(draft, node)) letFail(draft, node, { event: 'recoveryCancelled', by });
  if (session.escalation) letRunOut(draft, by);
  endSession(draft, 'cancelled', `by ${by}`, by);
  return applied;
}

/** Whoever answers late must not decide on what has come since. */
function isOther({ session }: Of<'recoveryAnswered' | 'recoveryCancelled'>, { id }: RecoverySession): boolean {
  return session !== undefined && session !== id;
}

function act(draft: Draft, event: Choice, about: readonly number[], line: Line): Verdict {
  const because = sentenceOf(event, about.length);
  const told = { ...line, because };
  if (about.length === 0) addStep(draft, { action: event.action, by: event.by, because });
  for (const node of about) addStep(draft, { action: event.action, by: event.by, because }, node);
  onBehalf(draft, { action: event.action }, () => deeds[event.action](draft, event, about, told));
  return applied;
}

function sentenceOf({ action, reason }: Choice, about: number): string {
  const what = about === 0 ? action : `${action}, ${about} ${about === 1 ? 'node' : 'nodes'}`;
  return reason === undefined ? what : `${what}: ${reason}`;
}
