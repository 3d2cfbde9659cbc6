import { checkpointNamed } from '../checkpoint.ts';
import { type Draft, tell } from '../draft.ts';
import { applied, type JobEvent, refused, type Verdict } from '../event.ts';
import type { Escalation, Finding, RecoverySession } from '../job.ts';
import { letReadyGo, stopReady } from '../job-moves.ts';
import { limits, periods } from '../limits.ts';
import { nodeAt, nodeIndices } from '../nodes.ts';
import { alarm } from '../ready-node.ts';
import { putSession } from './session.ts';

type Option = Escalation['options'][number];

/** The job waits, paused, until somebody has said what is to be done. Who can be called is told, and again for as long as nobody answers the call. */
export function escalate(draft: Draft, by: string, to: string | undefined, finding: Finding): void {
  const { header } = draft;
  const session = header.recovery!;
  if (!header.paused) stopReady(draft);
  header.paused ??= { since: draft.now, by, cause: 'escalated' };
  if (session.state === 'escalated') return askAlso(draft, session, to, finding);
  const tellAt = isCallable(to) ? { tellAt: draft.now } : {};
  const escalation = {
    since: draft.now,
    finding,
    question: session.stepCount,
    options: optionsOf(draft),
    tellings: 0,
    ...(to !== undefined && { to }),
    ...tellAt,
  };
  putSession(draft, { ...session, state: 'escalated', escalation });
  alarm(draft, escalation.tellAt ?? Infinity);
}

/** Another node waits for an answer: who is to be told of it is called where the call before has been heard, or there was none. */
function askAlso(draft: Draft, session: RecoverySession, to: string | undefined, finding: Finding): void {
  const asked = { finding, question: session.stepCount, options: optionsOf(draft) };
  const escalation = session.escalation && { ...session.escalation, ...asked };
  if (!escalation) return;
  putSession(draft, { ...session, escalation });
  if (escalation.tellAt !== undefined || to === undefined || !isCallable(to)) return;
  putSession(draft, { ...session, escalation: { ...escalation, to, tellAt: draft.now } });
  alarm(draft, draft.now);
}

/** Somebody has decided about the last node that waited for an answer, or time has, in another way than by one: nobody is asked any more. */
export function stopAsking(draft: Draft): void {
  const { recovery: session, rollback, paused } = draft.header;
  if (session?.state !== 'escalated' || rollback) return;
  const isAboutNodes = session.escalation?.options.includes('skip');
  if (!isAboutNodes || session.steps.some(({ action, node }) => action === 'escalate' && node === undefined)) return;
  const isKnown = session.nodes.length < limits.recoveryNodesTold;
  if ((isKnown ? session.nodes : nodeIndices(draft)).some((node) => isAsking(draft, node))) return;
  const { escalation: _, ...acting } = session;
  putSession(draft, { ...acting, state: 'acting' });
  if (paused?.cause !== 'escalated') return;
  delete draft.header.paused;
  tell(draft, {
    event: 'resumed',
    session: session.id,
    by: paused.by,
    because: 'no node waits for an answer any more',
  });
  letReadyGo(draft);
}

export function isAsking(draft: Draft, node: number): boolean {
  const run = nodeAt(draft, node);
  return run.state === 'waiting' && run.on.kind === 'decision';
}

/** It is time to tell somebody, for the first time or again. */
export function tellAgain(draft: Draft): Verdict {
  const session = draft.header.recovery;
  const { tellAt, tellings, ...escalation } = session?.escalation ?? { tellings: 0 };
  if (!session?.escalation || tellAt === undefined || tellAt > draft.now) return refused('notDue');
  const pauseMs = Math.min(periods.tell * 2 ** tellings, periods.tellMost);
  const next = { ...session.escalation, ...escalation, tellings: tellings + 1, tellAt: draft.now + pauseMs };
  putSession(draft, { ...session, escalation: next });
  draft.effects.push({ kind: 'notify', session: session.id }, { kind: 'alarm', at: next.tellAt });
  tell(draft, { event: 'escalationDue', session: session.id, because: `telling ${next.tellings}, ${next.to ?? ''}` });
  return applied;
}

/** Whoever was called has heard it; what is to be done is another matter. */
export function wasTold(draft: Draft, event: Extract<JobEvent, { kind: 'escalationTold' }>): Verdict {
  const session = draft.header.recovery;
  if (!session?.escalation || session.id !== event.session || session.escalation.tellAt === undefined)
    return refused('notDue');
  const { tellAt: _, ...escalation } = session.escalation;
  putSession(draft, { ...session, escalation });
  tell(draft, { event: 'escalationTold', session: session.id, because: escalation.to ?? '' });
  return applied;
}

/** A URL or a topic; a person's name is read in the list of open recoveries. */
export function isCallable(to: string | undefined): boolean {
  return to !== undefined && /^(https?:\/\/|topic:)/.test(to);
}

function optionsOf(draft: Draft): readonly Option[] {
  const { header } = draft;
  const restorable: Option[] = checkpointNamed(draft, undefined) ? ['restore'] : [];
  if (header.rollback) return ['retry', 'skip', 'abort'];
  // Where no node waits for the answer there is none to skip.
  const { steps, escalation } = header.recovery!;
  const isAboutNodes = steps.at(-1)?.node !== undefined || escalation?.options.includes('skip');
  if (!isAboutNodes) return ['retry', 'rollback', ...restorable, 'abort', 'fail'];
  return ['retry', 'skip', 'requeue', 'rollback', ...restorable, 'abort', 'fail'];
}
