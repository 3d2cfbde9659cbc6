import { CodedError } from '../core/error.ts';
import type { JsonObject } from '../core/json.ts';
import type { Job, RecoverySession } from '../jobs/index.ts';
import type { Attempt, Outcome } from '../ports/index.ts';
import type { Committer } from './commit-events.ts';
import type { Parts } from './parts.ts';

export interface TellNeeds {
  readonly parts: Pick<Parts, 'clock' | 'http' | 'topics'>;
  readonly committer: Pick<Committer, 'commit'>;
}

/** Who is to be told must not keep an invocation waiting. */
const answerMs = 10_000;

/**
 * Somebody is asked what to do about a job: a URL is called, a topic published to. Heard at least once: what came to nothing, or was not
 * seen to be heard, is told again by the sweep. Rejects with `escalation_not_told`.
 */
export async function tellEscalation(needs: TellNeeds, job: Job, sessionId: string): Promise<void> {
  const session = job.header.recovery;
  const to = session?.escalation?.to;
  if (session?.id !== sessionId || to === undefined) return;
  const outcome = await tell(needs, job, session, to);
  if (outcome.kind === 'failed') {
    const { code, message } = outcome.failure;
    throw new CodedError('escalation_not_told', `${to} has not heard of recovery ${sessionId}: ${code}, ${message}`);
  }
  await needs.committer.commit(job.id, [{ kind: 'escalationTold', session: sessionId }]);
}

async function tell({ parts }: TellNeeds, job: Job, session: RecoverySession, to: string): Promise<Outcome> {
  const message = messageOf(job, session);
  if (to.startsWith('topic:')) return parts.topics.publish(to.slice('topic:'.length), message, {});
  const over = new AbortController();
  const answered = new AbortController();
  const late = parts.clock.sleep(answerMs, answered.signal).then(() => {
    if (!answered.signal.aborted) over.abort(new Error(`no answer within ${answerMs} ms`));
  });
  const call = { url: to, method: 'POST', headers: {}, body: message, redirects: 0 };
  const outcome = await parts.http.call(call, callOf(session, over.signal));
  answered.abort();
  await late;
  return outcome;
}

/** The key is the same each time that a question is told: who has heard it knows it again, and a new question is new. */
function callOf({ id, jobId, finding, escalation }: RecoverySession, signal: AbortSignal): Attempt {
  const attempt = escalation?.tellings ?? 1;
  return {
    jobId,
    nodeId: finding.node ?? '',
    attempt,
    idempotencyKey: `${id}/${escalation?.question ?? 0}`,
    signal,
    heartbeat() {},
  };
}

/** What somebody needs to decide, and how the decision is given. */
function messageOf(job: Job, session: RecoverySession): JsonObject {
  const { id, finding, steps, escalation } = session;
  const { since, options = [], tellings = 1 } = escalation ?? {};
  return {
    recoveryId: id,
    job: { id: job.id, name: job.spec.name, state: job.header.state },
    finding: { ...(escalation?.finding ?? finding) },
    question: escalation?.question ?? 0,
    since: new Date(since ?? session.startedAt).toISOString(),
    options,
    lastSteps: steps.slice(-stepsTold).map((step) => ({ ...step, at: new Date(step.at).toISOString() })),
    telling: tellings,
    answer: {
      method: 'POST',
      path: `/api/v3/recoveries/${encodeURIComponent(id)}/answer`,
      body: { action: 'one of `options`' },
    },
  };
}

const stepsTold = 5;
