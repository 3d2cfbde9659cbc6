import { isDeepStrictEqual } from 'node:util';
import {
  type AuditLine,
  isFinal,
  type Job,
  nodeAt,
  nodeIdAt,
  nodeIndices,
  nodeSpecAt,
} from '../../../shared/jobs/index.ts';
import type { JobStore } from '../../../shared/ports/index.ts';
import { judgeStored } from '../../cloud/judge-stored.ts';
import type { Entry } from '../../cloud/records.ts';
import { readStored } from './read-stored.ts';
import type { Accepted } from './submit-plans.ts';
import type { Call } from './target.ts';

/** What the store alone says when all is over, held against what the target wrote down. */
export interface Verdict {
  /** Of those that could. */
  completed: number;
  readonly completable: number;
  /** A sentence each. */
  readonly lost: string[];
  readonly stuck: string[];
  readonly doubleSettled: string[];
  /** Every other law that was broken, in the audit of a failed job as well. */
  readonly unlawful: string[];
  /** Jobs that failed as they had to, and those of which a node used up its attempts. */
  readonly failed: { asTheyMust: number; outOfAttempts: number };
  /** Failed jobs whose audit does not tell which nodes failed and with what. */
  readonly failedWithoutTale: string[];
  nodes: number;
  readonly calls: CallCounts;
}

export interface CallCounts {
  made: number;
  /** Beyond the first of each node: after an attempt that failed, and after one that was lost with its executor. */
  again: { afterFailure: number; afterLoss: number };
  /** Answered with success more than once for one node: what an idempotency key is for. */
  doneTwice: number;
}

/** `see` is shown each job with its audit. */
export async function judgeRun(
  store: Pick<JobStore, 'list' | 'load' | 'readAudit'>,
  accepted: readonly Accepted[],
  calls: readonly Call[],
  now: number,
  see: (job: Job, lines: readonly AuditLine[]) => void,
): Promise<Verdict> {
  const plans = new Map(accepted.map(({ jobId, plan }) => [jobId, plan]));
  const callsOf = Map.groupBy(calls, ({ jobId }) => jobId);
  const verdict = openVerdict(accepted);
  const stored = new Set<string>();
  for await (const { job, lines } of readStored(store)) {
    const mine = callsOf.get(job.id) ?? [];
    stored.add(job.id);
    see(job, lines);
    judgeJob(verdict, job, lines, mine, now);
    countCalls(verdict.calls, mine, lines);
    verdict.nodes += nodeIndices(job).length;
    const plan = plans.get(job.id);
    if (plan) judgeEnd(verdict, job, lines, plan.ends);
    else if (!job.header.parent) verdict.unlawful.push(`job ${job.id} is stored and was never accepted`);
  }
  for (const jobId of plans.keys())
    if (!stored.has(jobId)) verdict.lost.push(`job ${jobId} was accepted and is not stored`);
  for (const jobId of callsOf.keys())
    if (!stored.has(jobId)) verdict.lost.push(`job ${jobId} made calls and is not stored`);
  return verdict;
}

function openVerdict(accepted: readonly Accepted[]): Verdict {
  return {
    completed: 0,
    completable: accepted.filter(({ plan }) => plan.ends === 'completed').length,
    lost: [],
    stuck: [],
    doubleSettled: [],
    unlawful: [],
    failed: { asTheyMust: 0, outOfAttempts: 0 },
    failedWithoutTale: [],
    nodes: 0,
    calls: { made: 0, again: { afterFailure: 0, afterLoss: 0 }, doneTwice: 0 },
  };
}

/** The laws of the simulation, and that every result is what the target said to the very attempt that brought it. */
function judgeJob(verdict: Verdict, job: Job, lines: readonly AuditLine[], calls: readonly Call[], now: number): void {
  if (!isFinal(job.header.state)) verdict.stuck.push(`job ${job.id} (${job.spec.name}) is ${job.header.state}`);
  for (const fault of judgeStored({ job, lines, entries: entriesOf(calls) }, now))
    (/ settled \d+ times/.test(fault) ? verdict.doubleSettled : verdict.unlawful).push(fault);
  for (const index of nodeIndices(job)) {
    const [run, { type }] = [nodeAt(job, index), nodeSpecAt(job, index)];
    if (run.state !== 'succeeded' || (type !== 'http' && type !== 'function')) continue;
    const id = nodeIdAt(job, index);
    const said = calls.find(({ nodeId, attempt }) => nodeId === id && attempt === run.attempt)?.said;
    if (!isDeepStrictEqual(run.result, said))
      verdict.unlawful.push(`job ${job.id}: the result of ${id} is not what the target said to attempt ${run.attempt}`);
  }
}

function judgeEnd(verdict: Verdict, job: Job, lines: readonly AuditLine[], ends: 'completed' | 'failed'): void {
  const { state } = job.header;
  if (ends === 'completed' && state === 'completed') verdict.completed++;
  if (ends === 'failed' && state === 'completed')
    verdict.unlawful.push(`job ${job.id} (${job.spec.name}) completed, which it cannot`);
  if (state !== 'failed') return;
  verdict.failed[ends === 'failed' ? 'asTheyMust' : 'outOfAttempts']++;
  if (!tellsItsFailure(job, lines)) verdict.failedWithoutTale.push(`job ${job.id} (${job.spec.name})`);
}

/** Each failed node has a line with its failure, and the last line says how the job ended. */
function tellsItsFailure(job: Job, lines: readonly AuditLine[]): boolean {
  const failed = nodeIndices(job).filter((index) => nodeAt(job, index).state === 'failed');
  const isTold = (index: number) =>
    lines.some(({ node, to, failure }) => node === nodeIdAt(job, index) && to === 'failed' && failure !== undefined);
  return failed.length > 0 && failed.every(isTold) && lines.some((line) => line.job === 'failed');
}

function countCalls(counts: CallCounts, calls: readonly Call[], lines: readonly AuditLine[]): void {
  counts.made += calls.length;
  const lost = new Set(
    lines.flatMap(({ event, node, attempt }) => (event === 'leaseLost' ? [`${node} ${attempt}`] : [])),
  );
  for (const mine of Map.groupBy(calls, ({ nodeId }) => nodeId).values()) {
    const last = mine.reduce((latest, call) => (call.attempt > latest.attempt ? call : latest));
    for (const call of mine) {
      if (call === last) continue;
      counts.again[lost.has(`${call.nodeId} ${call.attempt}`) ? 'afterLoss' : 'afterFailure']++;
    }
    if (mine.filter(({ fate, said }) => fate === 'answered' && said).length > 1) counts.doneTwice++;
  }
}

/** As the handlers of the cloud tests write them down. */
function entriesOf(calls: readonly Call[]): readonly Entry[] {
  const entries = calls.flatMap(({ jobId, nodeId, attempt, pid, at, fate, said, saidAt = at }): Entry[] => {
    const entry = { jobId, nodeId, attempt, pid };
    if (!said) return [{ ...entry, kind: 'called', at }];
    const kind = fate === 'answered' ? 'succeeded' : 'failed';
    return [
      { ...entry, kind: 'called', at },
      { ...entry, kind, at: saidAt },
    ];
  });
  return entries.toSorted((a, b) => a.at - b.at);
}
