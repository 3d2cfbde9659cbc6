import { dropOldCaptures, takeCheckpoint } from '../checkpoint.ts';
import { type Draft, tell } from '../draft.ts';
import type { Finding, RecoverySession, RecoveryStep } from '../job.ts';
import { limits } from '../limits.ts';
import { nodeAt, nodeIdAt } from '../nodes.ts';
import { isFinal } from '../states.ts';

/**
 * A session says what was found and what was done about it. A job has one at most that is under way: whoever comes later with another
 * finding joins it. It lies in the job's header, so that it is begun, goes on and ends in the commits of what it does; stores keep a document
 * of each for those who look for them.
 */
export function joinSession(draft: Draft, by: string, finding: Finding): RecoverySession {
  return draft.header.recovery ?? openSession(draft, by, finding);
}

export function openSession(draft: Draft, by: string, finding: Finding, wanted?: string): RecoverySession {
  const { header } = draft;
  const number = (header.recoveries ?? 0) + 1;
  const id = `${draft.id}.r${number}`;
  // Half a rollback is nothing to go back to.
  const checkpoint = header.rollback ? undefined : takeCheckpoint(draft, `before ${id}`, by).name;
  dropOldCaptures(draft, wanted);
  header.recoveries = number;
  const about = { id, jobId: draft.id, number, state: 'acting', startedAt: draft.now, by, finding } as const;
  return putSession(draft, {
    ...about,
    nodes: [],
    steps: [],
    stepCount: 0,
    ...(checkpoint !== undefined && { checkpoint }),
  });
}

export function putSession(draft: Draft, session: RecoverySession): RecoverySession {
  draft.header.recovery = session;
  draft.sessions.set(session.id, session);
  return session;
}

/** What the session does to a node, or to the job. */
export function addStep(draft: Draft, step: Omit<RecoveryStep, 'at' | 'node'>, node?: number): void {
  const session = draft.header.recovery!;
  const where = node === undefined ? {} : { node: nodeIdAt(draft, node) };
  const steps = [...session.steps, { at: draft.now, ...where, ...step }].slice(-limits.recoveryStepsKept);
  const isNew = node !== undefined && session.nodes.length < limits.recoveryNodesTold && !session.nodes.includes(node);
  const nodes = isNew ? [...session.nodes, node] : session.nodes;
  putSession(draft, { ...session, steps, stepCount: session.stepCount + 1, nodes });
}

/** Does something on behalf of the session: every line that comes of it names the session, and its own lines what was done and why. */
export function onBehalf(
  draft: Draft,
  { action, finding }: { readonly action: RecoveryStep['action']; readonly finding?: Finding['kind'] },
  act: () => void,
): void {
  const first = draft.audit.length;
  const { id } = draft.header.recovery!;
  act();
  for (const [place, line] of draft.audit.slice(first).entries()) {
    line.session = id;
    if (place > 0 && !line.event.startsWith('recovery')) continue;
    line.action = action;
    if (finding) line.finding = finding;
  }
}

/** After every event: whether the matter is settled. */
export function followRecovery(draft: Draft): void {
  const { header } = draft;
  const session = header.recovery;
  if (!session) return;
  if (isFinal(header.state) && header.endedAt !== undefined) {
    return endSession(draft, didItsWork(draft, session) ? 'succeeded' : 'failed', `the job is ${header.state}`);
  }
  if (session.state === 'escalated' && !header.paused) return goOn(draft);
  if (session.state === 'escalated' || header.rollback || session.nodes.length === 0) return;
  if (session.nodes.length >= limits.recoveryNodesTold) return;
  const states = session.nodes.map((node) => nodeAt(draft, node).state);
  const isMended = states.every((state) => state === 'succeeded' || state === 'skipped');
  if (isMended) endSession(draft, 'succeeded', 'what it is about has settled');
}

/** A job that was to be taken back or given up has not completed, and all is as it was meant. */
function didItsWork({ header, audit }: Draft, { by, steps }: RecoverySession): boolean {
  const last = steps.at(-1)?.action;
  if (last === 'abort') return header.state === 'aborted';
  const isForRollback = by === 'rollback' || steps.some(({ action }) => action === 'rollback');
  return header.state === 'completed' || (isForRollback && audit.some(({ event }) => event === 'rolledBack'));
}

/** Somebody has decided in another way than by an answer. */
function goOn(draft: Draft): void {
  const { escalation: _, ...session } = draft.header.recovery!;
  putSession(draft, { ...session, state: 'acting' });
}

export function endSession(
  draft: Draft,
  state: 'succeeded' | 'failed' | 'cancelled',
  because: string,
  by?: string,
): void {
  const { header } = draft;
  const { escalation: _, ...session } = header.recovery!;
  draft.sessions.set(session.id, { ...session, state, endedAt: draft.now });
  delete header.recovery;
  tell(draft, { event: 'recoveryEnded', session: session.id, because: `${state}: ${because}`, ...(by && { by }) });
}
