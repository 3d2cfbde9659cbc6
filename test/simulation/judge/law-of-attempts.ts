import type { AuditLine, Job, NodeRun, NodeState } from '../../../shared/jobs/index.ts';
import type { RetryPolicy } from '../../../shared/policy/retry/index.ts';
import { idsOf, mapOf, runsOf, specAt } from './reading.ts';
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
    // An item of a list that was given up within this step had the same id.
    const list = audit.findLastIndex((line) => isListOf(line, id));
    const told = audit.slice(list + 1).filter((line) => line.node === id);
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
  let attempt = attemptBefore(after, was, index);
  let first = true;
  for (const [place, line] of told.entries()) {
    if (line.to === undefined) continue;
    // A rollback and a cancel take along, with one line, all that has not begun.
    if ((line.event === 'reset' || recovers.has(line.event)) && line.from === 'cancelled') state = 'cancelled';
    if (!moves[line.event]?.some(([from, to]) => from === state && to === line.to))
      blame(`J2: node ${id} went from ${state} to ${line.to} by ${line.event}`);
    const starts =
      line.event === 'claimed' ||
      line.event === 'undeliverable' ||
      (line.to === 'waiting' && line.event !== 'accepted' && line.action !== 'escalate');
    const begins = starts || (state === 'blocked' && line.to !== 'skipped');
    const expected = begins ? attempt + 1 : attempt;
    // A number that a parcel may have used unheard is passed over.
    const isPassedOver = (line.event === 'reset' || recovers.has(line.event)) && line.attempt === attempt + 1;
    if (line.attempt !== undefined && line.attempt !== expected && !isPassedOver)
      blame(`J2: ${line.event} of attempt ${line.attempt} moved node ${id} at attempt ${attempt}`);
    const by = (line.failure?.details as { attempt?: number } | undefined)?.attempt;
    if (by !== undefined && line.attempt !== undefined && by !== line.attempt && !starts)
      blame(`J2: attempt ${line.attempt} of node ${id} failed by what attempt ${by} said`);
    const isHealed = told.slice(place + 1).some(({ event }) => event === 'reset' || recovers.has(event));
    if (first && line.event === 'leaseLost' && !isHealed) checkLostLease(was, line, now, after, index, blame);
    if (line.failure && line.event !== 'skipped' && !isHealed) checkRetry(after, index, line, blame);
    state = line.to;
    attempt = line.attempt ?? attempt;
    first = false;
  }
}

/** What was blocked may have made attempts before it was reset, and an item those of the lists before its own. */
function attemptBefore({ header }: Job, was: NodeRun | undefined, index: number): number {
  if (was && was.state !== 'blocked') return was.attempt;
  const map = mapOf(header, index);
  const lists = header.maps.filter(({ node, first }) => node === map && first < index);
  return Math.max(was?.lastAttempt ?? 0, ...lists.map(({ lastAttempt = 0 }) => lastAttempt));
}

/** What recovery makes of a node. */
const recovers: ReadonlySet<AuditLine['event']> = new Set([
  'recoveryActed',
  'recoveryStarted',
  'recoveryAnswered',
  'recoveryCancelled',
]);

const ends: readonly NodeState[] = ['ready', 'retrying', 'failed', 'waiting'];
const from = (states: readonly NodeState[], to: readonly NodeState[]) =>
  states.flatMap((state) => to.map((each) => [state, each] as const));

const moves: Partial<Record<AuditLine['event'], readonly (readonly [NodeState, NodeState])[]>> = {
  unblocked: from(['blocked', 'ready'], ['ready', 'waiting']),
  claimed: [['ready', 'running']],
  released: from(['running'], ['ready', 'failed', 'cancelled']),
  rollbackStarted: [['waiting', 'cancelled']],
  compensationRetried: [['failed', 'ready']],
  reset: from(['succeeded', 'failed', 'skipped', 'cancelled', 'running', 'waiting', 'ready', 'retrying'], ['blocked']),
  accepted: [['running', 'waiting']],
  succeeded: from(['blocked', 'running', 'waiting'], ['succeeded']),
  failed: [...from(['running', 'waiting'], ends), ['blocked', 'failed']],
  leaseLost: from(['running'], ['ready', 'retrying', 'failed']),
  postponed: from(['ready'], ['retrying', 'failed']),
  undeliverable: from(['ready'], ['ready', 'retrying', 'failed']),
  timedOut: [...from(['running', 'waiting'], ends), ...from(['ready', 'retrying'], ['failed'])],
  retryDue: from(['retrying'], ['ready', 'waiting']),
  retriedNow: from(['retrying'], ['ready', 'waiting']),
  retryCancelled: [['retrying', 'failed']],
  delayDue: [['waiting', 'succeeded']],
  childEnded: from(['waiting'], ['succeeded', ...ends]),
  skipped: [['blocked', 'skipped']],
  nodeSkipped: from(['blocked', 'ready', 'running', 'waiting', 'retrying', 'failed'], ['skipped']),
  mapped: [['blocked', 'waiting']],
  recoveryActed: from(['failed'], ['ready', 'retrying', 'skipped', 'waiting']),
  recoveryStarted: from(['failed', 'retrying', 'ready', 'cancelled'], ['ready', 'retrying', 'skipped', 'waiting']),
  recoveryAnswered: from(['waiting'], ['ready', 'retrying', 'skipped', 'failed', 'waiting']),
  recoveryCancelled: [['waiting', 'failed']],
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
  if (line.because?.includes('rolled back')) return;
  const { maxAttempts = 3, maxLeaseLosses = maxAttempts === 1 ? 0 : 20 } = policy;
  const lossesMost = line.event === 'undeliverable' ? (policy.maxLeaseLosses ?? 20) : maxLeaseLosses;
  const ofExecutor = line.failure.code === 'lease_lost' || line.event === 'undeliverable';
  const exhausted = ofExecutor ? run.leaseLosses > lossesMost : run.failures >= maxAttempts;
  if (!exhausted)
    blame(`J7: node ${index} is given up after ${run.failures} failures and ${run.leaseLosses} lost leases`);
}

function policyAt(job: Job, index: number): RetryPolicy | undefined {
  const node = specAt(job, index);
  if (node.type === 'http' || node.type === 'pubsub' || node.type === 'function')
    return node.retry ?? job.spec.retry ?? {};
  return node.type === 'job' ? (node.retry ?? { maxAttempts: 1 }) : undefined;
}

/** The list of its map was given up: an item of the next one counts on from the last attempt of any of them. */
function isListOf({ node, items }: AuditLine, id: string): boolean {
  return items !== undefined && id.startsWith(`${node}[`);
}

/** Failures of a node that may have had no attempt under way, or none at all. */
const timeOut: ReadonlySet<string> = new Set(['total_timeout', 'breaker_open', 'bulkhead_full', 'over_retry_budget']);

/** From this line on its attempts are counted anew. */
function isAnew(line: AuditLine, id: string): boolean {
  if (line.event === 'reset') return line.node === id || isListOf(line, id);
  const isTriedAgain =
    line.to === 'ready' || line.to === 'retrying' || (line.to === 'waiting' && line.action !== 'escalate');
  return line.node === id && recovers.has(line.event) && isTriedAgain;
}

/** A child job is started by the very line that says so. */
function baseOf(line: AuditLine | undefined): number {
  return line === undefined ? 0 : (line.attempt ?? 0) - Number(line.to === 'waiting');
}

/** J7: no attempt vanishes. A total timeout may end a node that has no attempt under way. */
function account(job: Job, id: string, index: number, run: NodeRun, lines: readonly AuditLine[], blame: Blame): void {
  // From then on it is counted anew.
  const isCountedAnew = lines.some(({ node, event }) => node === id && event === 'compensationRetried');
  if (run.state === 'blocked' || isCountedAnew) return;
  const reset = lines.findLastIndex((line) => isAnew(line, id));
  const base = baseOf(lines[reset]);
  // One that may not run twice is failed with its release, and counted among the lost leases.
  const isReleased = ({ node, event, to }: AuditLine) => node === id && event === 'released' && to === 'ready';
  const released = lines.slice(reset + 1).filter(isReleased).length;
  const isAsking = run.state === 'waiting' && run.on.kind === 'decision';
  const underWay = isAsking
    ? 0
    : run.state === 'running' || run.state === 'waiting' || run.state === 'succeeded'
      ? 1
      : 0;
  const accounted = run.failures + run.leaseLosses + released + underWay;
  const atStart = (run.state === 'failed' || isAsking) && run.failures + run.leaseLosses === 0 ? 1 : 0;
  const ranOut = run.state === 'failed' && timeOut.has(run.failure?.code ?? '');
  const sum = accounted + atStart;
  const made = run.attempt - base;
  if (made === sum || (ranOut && Math.abs(made - sum) <= 1)) return;
  const policy = policyAt(job, index);
  if (policy && run.failures > (policy.maxAttempts ?? 3)) blame(`J7: node ${id} failed ${run.failures} times`);
  blame(
    `J7: node ${id} is ${run.state} at attempt ${run.attempt}: ${run.failures} failed, ${run.leaseLosses} lost, ${released} handed back`,
  );
}
