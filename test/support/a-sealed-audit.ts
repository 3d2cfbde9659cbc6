import {
  type AuditLine,
  applyToDraft,
  type Change,
  closeDraft,
  type Job,
  type JobEvent,
  type JobSpec,
  type NodeSpec,
  newJob,
  openDraft,
} from '../../shared/jobs/index.ts';

/** A job with the audit that its commits told. */
export interface SealedAudit {
  readonly job: Job;
  readonly lines: readonly AuditLine[];
  /** As a store would be given them. */
  readonly commits: readonly Change[];
}

/** One commit: these events, in this order. */
export function commitTo(
  { job, lines, commits }: SealedAudit,
  at: number,
  ...events: readonly JobEvent[]
): SealedAudit {
  const draft = openDraft(job, at);
  for (const event of events) applyToDraft(draft, event);
  const change = closeDraft(draft);
  return { job: change.after, lines: [...lines, ...change.audit], commits: [...commits, change] };
}

/** Nothing has happened yet to its chain of three nodes. */
export function anUnbornAudit(id = 'job-1'): SealedAudit {
  const nodes = [aNode('a', []), aNode('b', ['a']), aNode('c', ['b'])];
  const spec: JobSpec = { name: 'sealed', nodes, retry: { strategy: 'immediate', maxAttempts: 3 } };
  return { job: newJob({ id, spec }, 1_000), lines: [], commits: [] };
}

/** The same job, told in seven commits to its end; `a` fails once on the way. Between them it may be paused and resumed. */
export function aSealedAudit(owner = 'engine-1', pauses = 0): SealedAudit {
  const claim = (node: number, attempt = 1): JobEvent => ({
    kind: 'claimed',
    node,
    attempt,
    owner,
    leaseUntil: 60_000,
  });
  const stories: readonly (readonly JobEvent[])[] = [
    [{ kind: 'submitted' }, claim(0)],
    [failed, claim(0, 2)],
    ...Array.from({ length: pauses }, () => [[pause], [resume]]).flat(),
    [{ kind: 'heartbeat', node: 0, attempt: 2, leaseUntil: 90_000 }],
    [succeed(0, 2), claim(1)],
    [succeed(1)],
    [claim(2)],
    [succeed(2)],
  ];
  const tell = (before: SealedAudit, events: readonly JobEvent[], place: number) =>
    commitTo(before, 1_000 + place * 100, ...events);
  return stories.reduce(tell, anUnbornAudit());
}

export const pause: JobEvent = { kind: 'paused', by: 'ann' };
export const resume: JobEvent = { kind: 'resumed', by: 'ben' };

const aNode = (id: string, dependsOn: readonly string[]): NodeSpec => ({
  id,
  type: 'function',
  handler: 'noop',
  dependsOn,
});
const succeed = (node: number, attempt = 1): JobEvent => ({
  kind: 'succeeded',
  node,
  attempt,
  result: null,
  resultBytes: 4,
});
/** Keys and characters that a careless store would give back otherwise. */
const details = { b: 1, 7: ['x\ny'], a: -0.5, 'ä"': null };
const failed: JobEvent = {
  kind: 'failed',
  node: 0,
  attempt: 1,
  failure: { code: 'broken', message: 'the cup — ☕ — broke', details },
  chance: 0.5,
};
