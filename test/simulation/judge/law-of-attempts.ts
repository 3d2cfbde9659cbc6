import type { AuditLine, Job, NodeRun, NodeState } from '../../../shared/jobs/index.ts';
import type { RetryPolicy } from '../../../shared/policy/retry/index.ts';
import { idsOf, runsOf, specAt } from './reading.ts';
import type { Law, SeenStep } from './step.ts';

type Blame = (sentence: string) => void;

/**
 * J2 and J7: what moves a node is told of its current attempt, what is kept was said by that attempt, and every attempt is accounted
 * for: it succeeded, failed, lost its lease, was handed back, or is under way.
 */
export const attemptsAreFenced: Law = (step, blame) => {
  const { after, before, audit, lines } = step;
  const runs = runsOf(after);
  const old = before ? runsOf(before) : [];
  const ids = idsOf(after);
  ids.forEach((id, index) => {
    const told = audit.filter((line) => line.node === id);
    const was = old[index];
    if (told.length > 0) follow(step, id, index, was, told, blame);
    const run = runs[index]!;
    if (run === was || run.state === 'blocked') return;
    if (specAt(after, index).type !== 'job') checkWhoSaidIt(id, run, blame);
    if (run.state !== 'cancelled' && run.state !== 'skipped') account(after, id, index, run, lines, blame);
  });
};

/** Each line in turn moves the node from where the line before left it. */
function follow(
  { after, now }: SeenStep,
  id: string,
  index: number,
  was: NodeRun | undefined,
  told: readonly AuditLine[],
  blame: Blame,
): void {
  let state: NodeState = was?.state ?? 'blocked';
  let attempt = was && 'attempt' in was ? was.attempt : 0;
  let first = true;
  for (const line of told) {
    if (line.to === undefined) continue;
    if (!moves[line.event]?.some(([from, to]) => from === state && to === line.to))
      blame(`J2: node ${id} went from ${state} to ${line.to} by ${line.event}`);
    const starts =
      line.event === 'claimed' ||
      line.event === 'undeliverable' ||
      (line.to === 'waiting' && line.event !== 'accepted');
    const expected = starts || state === 'blocked' ? attempt + 1 : attempt;
    if (line.attempt !== undefined && line.attempt !== expected)
      blame(`J2: ${line.event} of attempt ${line.attempt} moved node ${id} at attempt ${attempt}`);
    const by = (line.failure?.details as { attempt?: number } | undefined)?.attempt;
    if (by !== undefined && line.attempt !== undefined && by !== line.attempt && !starts)
      blame(`J2: attempt ${line.attempt} of node ${id} failed by what attempt ${by} said`);
    if (first && line.event === 'leaseLost') checkLostLease(was, line, now, after, index, blame);
    if (line.failure && line.event !== 'skipped') checkRetry(after, index, line, blame);
    state = line.to;
    attempt = line.attempt ?? attempt;
    first = false;
  }
}

const ends: readonly NodeState[] = ['ready', 'retrying', 'failed', 'waiting'];
const from = (states: readonly NodeState[], to: readonly NodeState[]) =>
  states.flatMap((state) => to.map((each) => [state, each] as const));

const moves: Partial<Record<AuditLine['event'], readonly (readonly [NodeState, NodeState])[]>> = {
  unblocked: from(['blocked', 'ready'], ['ready', 'waiting']),
  claimed: [['ready', 'running']],
  released: [
    ['running', 'ready'],
    ['running', 'failed'],
  ],
  accepted: [['running', 'waiting']],
  succeeded: from(['blocked', 'running', 'waiting'], ['succeeded']),
  failed: [...from(['running', 'waiting'], ends), ['blocked', 'failed']],
  leaseLost: from(['running'], ['ready', 'retrying', 'failed']),
  undeliverable: from(['ready'], ['ready', 'retrying', 'failed']),
  timedOut: [...from(['running', 'waiting'], ends), ...from(['ready', 'retrying'], ['failed'])],
  retryDue: from(['retrying'], ['ready', 'waiting']),
  retriedNow: from(['retrying'], ['ready', 'waiting']),
  retryCancelled: [['retrying', 'failed']],
  delayDue: [['waiting', 'succeeded']],
  childEnded: from(['waiting'], ['succeeded', ...ends]),
  skipped: [['blocked', 'skipped']],
  nodeSkipped: from(['blocked', 'ready', 'running', 'waiting', 'retrying'], ['skipped']),
  mapped: [['blocked', 'waiting']],
};

/** J2: targets write the attempt into what they say. */
function checkWhoSaidIt(id: string, run: NodeRun, blame: Blame): void {
  if (
    run.state === 'succeeded' &&
    isSaying(run.result) &&
    (run.result.node !== id || run.result.attempt !== run.attempt)
  )
    blame(`J2: node ${id} succeeded at attempt ${run.attempt} by what attempt ${run.result.attempt} said`);
  if ((run.state === 'failed' || run.state === 'retrying') && isSaying(run.failure?.details)) {
    const { attempt } = run.failure.details;
    if (attempt !== run.attempt)
      blame(`J2: node ${id} failed at attempt ${run.attempt} by what attempt ${attempt} said`);
  }
}

function isSaying(value: unknown): value is { node: string; attempt: number } {
  return typeof value === 'object' && value !== null && 'attempt' in value;
}

/** J7: a lease is lost by time, or by its executor's death. */
function checkLostLease(
  was: NodeRun | undefined,
  line: AuditLine,
  now: number,
  after: Job,
  index: number,
  blame: Blame,
): void {
  if (was?.state !== 'running') return;
  const run = runsOf(after)[index]!;
  if (line.because?.startsWith('leaseExpired') && was.leaseUntil > now)
    blame(`J7: the lease of node ${index} was lost before its time`);
  if (run.state !== 'blocked' && run.leaseLosses <= was.leaseLosses)
    blame(`J7: a lost lease of node ${index} did not count`);
}

/** J7: the retry policy was asked, and answered as it must. */
function checkRetry(job: Job, index: number, line: AuditLine, blame: Blame): void {
  const run = runsOf(job)[index]!;
  const policy = policyAt(job, index);
  if (line.to === undefined || run.state === 'blocked' || policy === undefined || line.failure === undefined) return;
  const isFinal = line.failure.retryable === false || policy.nonRetryable?.includes(line.failure.code);
  if (isFinal && line.to !== 'failed')
    blame(`J7: node ${index} is tried again after ${line.failure.code}, which is final`);
  if (line.to !== 'failed' || isFinal || line.because?.includes('noTimeLeft')) return;
  const { maxAttempts = 3, maxLeaseLosses = maxAttempts === 1 ? 0 : 20 } = policy;
  const exhausted = line.failure.code === 'lease_lost' ? run.leaseLosses > maxLeaseLosses : run.failures >= maxAttempts;
  if (!exhausted)
    blame(`J7: node ${index} is given up after ${run.failures} failures and ${run.leaseLosses} lost leases`);
}

function policyAt(job: Job, index: number): RetryPolicy | undefined {
  const node = specAt(job, index);
  if (node.type === 'http' || node.type === 'pubsub' || node.type === 'function')
    return node.retry ?? job.spec.retry ?? {};
  return node.type === 'job' ? (node.retry ?? { maxAttempts: 1 }) : undefined;
}

/** J7: no attempt vanishes. A total timeout may end a node that has no attempt under way. */
function account(job: Job, id: string, index: number, run: NodeRun, lines: readonly AuditLine[], blame: Blame): void {
  if (run.state === 'blocked') return;
  // One that may not run twice is failed with its release, and counted among the lost leases.
  const released = lines.filter(({ node, event, to }) => node === id && event === 'released' && to === 'ready').length;
  const underWay = run.state === 'running' || run.state === 'waiting' || run.state === 'succeeded' ? 1 : 0;
  const accounted = run.failures + run.leaseLosses + released + underWay;
  const atStart = run.state === 'failed' && run.failures + run.leaseLosses === 0 ? 1 : 0;
  const ranOut = run.state === 'failed' && run.failure?.code === 'total_timeout';
  const sum = accounted + atStart;
  if (run.attempt === sum || (ranOut && Math.abs(run.attempt - sum) <= 1)) return;
  const policy = policyAt(job, index);
  if (policy && run.failures > (policy.maxAttempts ?? 3)) blame(`J7: node ${id} failed ${run.failures} times`);
  blame(
    `J7: node ${id} is ${run.state} at attempt ${run.attempt}: ${run.failures} failed, ${run.leaseLosses} lost, ${released} handed back`,
  );
}
