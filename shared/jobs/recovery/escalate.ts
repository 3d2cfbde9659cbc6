import { checkpointNamed } from '../checkpoint.ts';
import { type Draft, tell } from '../draft.ts';
import { applied, type JobEvent, refused, type Verdict } from '../event.ts';
import type { Escalation } from '../job.ts';
import { stopReady } from '../job-moves.ts';
import { periods } from '../limits.ts';
import { alarm } from '../ready-node.ts';
import { putSession } from './session.ts';

type Option = Escalation['options'][number];

/** The job waits, paused, until somebody has said what is to be done. Who can be called is told, and again for as long as nobody answers the call. */
export function escalate(draft: Draft, by: string, to: string | undefined): void {
  const { header } = draft;
  const session = header.recovery!;
  if (!header.paused) stopReady(draft);
  header.paused ??= { since: draft.now, by, cause: 'escalated' };
  if (session.state === 'escalated') return;
  const tellAt = isCallable(to) ? { tellAt: draft.now } : {};
  const escalation = {
    since: draft.now,
    options: optionsOf(draft),
    tellings: 0,
    ...(to !== undefined && { to }),
    ...tellAt,
  };
  putSession(draft, { ...session, state: 'escalated', escalation });
  alarm(draft, escalation.tellAt ?? Infinity);
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
  return ['retry', 'skip', 'requeue', 'rollback', ...restorable, 'abort', 'fail'];
}
