import { assert } from '../core/assert.ts';
import type { AuditLine } from './audit.ts';
import { sealOf } from './audit-seal.ts';
import type { Draft } from './draft.ts';
import { alarmAtOf, dueAtOf, nextAlarmAt, nextCheckAt } from './due.ts';
import type { Effect } from './event.ts';
import type { Job, JobHeader, RecoverySession } from './job.ts';
import { limits } from './limits.ts';
import { isFinal } from './states.ts';

/** Everything that a batch of events came to, ready to be stored in one commit. */
export interface Change {
  readonly before: Job;
  /** The job before itself when nothing changed. */
  readonly after: Job;
  /** Pages whose stored content changed. */
  readonly pages: readonly number[];
  /** Nodes whose result is new. */
  readonly results: readonly number[];
  readonly audit: readonly AuditLine[];
  /** Recovery sessions that are new or have gone on. */
  readonly sessions: readonly RecoverySession[];
  readonly effects: readonly Effect[];
}

/** For what will be stored: its audit lines are sealed. A commit that comes to nothing is made again from a draft of its own. */
export function closeDraft(draft: Draft): Change {
  const { before, audit, effects, results } = draft;
  const pages = [...draft.dirty].sort((a, b) => a - b);
  if (draft.headerTouched) seal(draft);
  return { before, after: viewDraft(draft), pages, results, audit, sessions: [...draft.sessions.values()], effects };
}

/** For those who only look at what the draft came to. Nothing is sealed, since which lines are stored together is not known yet. */
export function viewDraft(draft: Draft): Job {
  return draft.headerTouched ? finish(draft) : draft.before;
}

/** One link for all lines of a commit: on the hot path a commit costs one hash, however many events are in it. */
function seal({ id, before, header, audit }: Draft): void {
  const last = audit.at(-1);
  if (!last) return;
  const { seal: sealBefore, auditCount } = before.header;
  if (sealBefore === undefined && auditCount > 0) header.unsealedUntil = auditCount;
  header.seal = sealOf(sealBefore ?? id, audit);
  last.seal = header.seal;
}

function finish(draft: Draft): Job {
  const { id, spec, header, pages } = draft;
  for (const number of draft.copied) seeTimes(draft, number);
  header.version++;
  if (isFinal(header.state)) return { id, spec, header: withoutCheck(header), pages };
  header.nextCheckAt = nextCheckAt(header, spec, pages);
  const alarmAt = nextAlarmAt(header, spec, pages);
  if (alarmAt < Infinity) header.alarmAt = alarmAt;
  else if (header.alarmAt !== undefined) delete header.alarmAt;
  assert(Number.isFinite(header.nextCheckAt), `J4: the next check of job ${id} is at ${header.nextCheckAt}`);
  return { id, spec, header, pages };
}

/** Few nodes of a page wait for a time, and only of those it is asked who watches it. */
function seeTimes(draft: Draft, number: number): void {
  const page = draft.pages[number]!;
  page.dueAt = Infinity;
  page.alarmAt = Infinity;
  page.nodes.forEach((run, place) => {
    const index = number * limits.nodesPerPage + place;
    const dueAt = dueAtOf(draft, index, run);
    page.dueAt = Math.min(page.dueAt, dueAt);
    if (dueAt < page.alarmAt) page.alarmAt = Math.min(page.alarmAt, alarmAtOf(draft, index, run));
  });
}

function withoutCheck({ nextCheckAt: _, alarmAt: __, ...header }: JobHeader): JobHeader {
  return header;
}
