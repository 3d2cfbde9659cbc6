import { assert } from '../core/assert.ts';
import type { AuditLine } from './audit.ts';
import type { Draft } from './draft.ts';
import { dueAtOf, nextCheckAt } from './due.ts';
import type { Effect } from './event.ts';
import type { Job, JobHeader, NodeRun } from './job.ts';
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
  readonly effects: readonly Effect[];
}

export function closeDraft(draft: Draft): Change {
  const { before, audit, effects, results } = draft;
  const pages = [...draft.dirty].sort((a, b) => a - b);
  return { before, after: draft.headerTouched ? finish(draft) : before, pages, results, audit, effects };
}

function finish(draft: Draft): Job {
  const { id, spec, header, pages } = draft;
  for (const number of draft.copied) {
    const page = pages[number]!;
    page.dueAt = page.nodes.reduce(
      (at, run, place) => earlier(at, draft, number * limits.nodesPerPage + place, run),
      Infinity,
    );
  }
  header.version++;
  if (isFinal(header.state)) return { id, spec, header: withoutCheck(header), pages };
  header.nextCheckAt = nextCheckAt(header, spec, pages);
  assert(Number.isFinite(header.nextCheckAt), `J4: the next check of job ${id} is at ${header.nextCheckAt}`);
  return { id, spec, header, pages };
}

function withoutCheck({ nextCheckAt: _, ...header }: JobHeader): JobHeader {
  return header;
}

function earlier(at: number, draft: Draft, index: number, run: NodeRun): number {
  return Math.min(at, dueAtOf(draft, index, run));
}
