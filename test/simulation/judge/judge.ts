import type { Answer } from '../../../shared/engine/engine.ts';
import { type AuditLine, isFinal, type Job, nodeAt } from '../../../shared/jobs/index.ts';
import { attemptsAreFenced } from './law-of-attempts.ts';
import { auditTellsAll } from './law-of-audit.ts';
import { jobsMoveLawfully, settledNodesStay, stateFollowsNodes, whatChangedIsWritten } from './law-of-jobs.ts';
import { joinsHold } from './law-of-joins.ts';
import { restoresKeepResults, sessionsAreOrderly } from './law-of-recovery.ts';
import { retriesAreExplained } from './law-of-retries.ts';
import { rollbacksAreOrderly } from './law-of-rollbacks.ts';
import { stepsAreSealed } from './law-of-seals.ts';
import { nextCheckIsKept, nobodyIsStuck } from './law-of-time.ts';
import { idsOf } from './reading.ts';
import type { Law, Step } from './step.ts';

/** Looks at every step of every job, and remembers what was said to it. */
export interface Judge {
  see(step: Step): void;
  /** A target was called by this process. */
  called(call: Call, by: string): void;
  /** A parcel with these nodes, by index, was claimed. */
  handedOut(jobId: string, claims: readonly { readonly node: number; readonly attempt: number }[]): void;
  /** A target spoke. */
  heard(call: Call, kind: string): void;
  /** What a callback was answered. */
  answered(call: Call, answer: Answer): void;
  blame(sentence: string, error?: unknown): void;
  readonly faults: readonly string[];
  readonly jobs: ReadonlyMap<string, SeenJob>;
  readonly commits: number;
  readonly events: number;
  /** Moves of jobs that were seen: `queued → running`. */
  readonly moves: ReadonlySet<string>;
}

export interface SeenJob {
  job: Job;
  readonly lines: AuditLine[];
  /** Calls by node id. */
  readonly calls: Map<string, number>;
}

interface Call {
  readonly jobId: string;
  readonly nodeId: string;
  readonly attempt: number;
}

const laws: readonly Law[] = [
  jobsMoveLawfully,
  attemptsAreFenced,
  retriesAreExplained,
  rollbacksAreOrderly,
  joinsHold,
  nextCheckIsKept,
  nobodyIsStuck,
  auditTellsAll,
  stepsAreSealed,
  sessionsAreOrderly,
  restoresKeepResults,
  stateFollowsNodes,
  settledNodesStay,
  whatChangedIsWritten,
];

export function createJudge(now: () => number, trace: (line: string) => void): Judge {
  const jobs = new Map<string, SeenJob>();
  const faults: string[] = [];
  const moves = new Set<string>();
  const calls = new Map<string, Map<string, number>>();
  const said = new Set<string>();
  const callers = new Map<string, string>();
  let commits = 0;
  let events = 0;

  function blame(sentence: string, error?: unknown): void {
    trace(`BLAMED ${sentence}`);
    faults.push(sentence);
    if (error instanceof Error && error.stack) trace(error.stack);
  }

  function see(step: Step): void {
    commits++;
    events += step.audit.length;
    const { after, audit, by } = step;
    const known = jobs.get(after.id);
    const seen = known ?? { job: after, lines: [], calls: callsOf(after.id) };
    const stored = known?.job;
    seen.lines.push(...audit);
    trace(`${by} stores ${tell(after, audit)}`);
    const accuse = (sentence: string) =>
      blame(`job ${after.id} (${after.spec.name}), version ${after.header.version}: ${sentence}`);
    const judged = { ...step, now: now(), stored, lines: seen.lines };
    for (const law of laws) {
      try {
        law(judged, accuse);
      } catch (error) {
        accuse(`a law could not be applied: ${String(error)}`);
      }
    }
    checkSuccesses(after.id, audit, accuse);
    remember(stored, audit);
    seen.job = after;
    jobs.set(after.id, seen);
  }

  /** Nobody succeeds, or is called back later, who has not been called. */
  function checkSuccesses(jobId: string, audit: readonly AuditLine[], accuse: (sentence: string) => void): void {
    for (const { event, node, attempt, because } of audit) {
      if (event === 'accepted' && !said.has(`${jobId} ${node} ${attempt} called`))
        accuse(`J2: attempt ${attempt} of ${node} was accepted and never called`);
      if (event !== 'succeeded' || because !== undefined || !callsOf(jobId).has(node!)) continue;
      if (!said.has(`${jobId} ${node} ${attempt} succeeded`))
        accuse(`J2: attempt ${attempt} of ${node} succeeded, which nobody said`);
    }
  }

  function remember(stored: Job | undefined, audit: readonly AuditLine[]): void {
    let state = stored?.header.state ?? 'pending';
    for (const { job } of audit) {
      if (job === undefined) continue;
      moves.add(`${state} → ${job}`);
      state = job;
    }
  }

  function callsOf(jobId: string): Map<string, number> {
    const known = calls.get(jobId);
    if (known) return known;
    const made = new Map<string, number>();
    calls.set(jobId, made);
    return made;
  }

  return {
    see,
    called({ jobId, nodeId, attempt }, by) {
      const key = `${jobId} ${nodeId} ${attempt}`;
      const caller = callers.get(key) ?? by;
      callers.set(key, caller);
      if (caller !== by)
        blame(`J6: attempt ${attempt} of ${nodeId} of job ${jobId} was made by ${caller} and by ${by}`);
      const ofJob = callsOf(jobId);
      ofJob.set(nodeId, (ofJob.get(nodeId) ?? 0) + 1);
      said.add(`${jobId} ${nodeId} ${attempt} called`);
      const job = jobs.get(jobId)?.job;
      if (!job) return blame(`node ${nodeId} of job ${jobId} was called before the job was stored`);
      const node = idsOf(job).indexOf(nodeId);
      const run = nodeAt(job, node);
      if (said.has(`${jobId} #${node} ${attempt} handed out`)) return;
      const made = run.state === 'blocked' ? (run.lastAttempt ?? 0) : run.attempt;
      if (made < attempt) blame(`J3: attempt ${attempt} of ${nodeId} was called before its claim was stored`);
    },
    handedOut(jobId, claims) {
      for (const { node, attempt } of claims) said.add(`${jobId} #${node} ${attempt} handed out`);
    },
    heard: ({ jobId, nodeId, attempt }, kind) => void said.add(`${jobId} ${nodeId} ${attempt} ${kind}`),
    answered({ jobId, nodeId, attempt }, answer) {
      const job = jobs.get(jobId)?.job;
      if (answer.kind === 'unknownJob' || !job) return blame(`a callback found no job ${jobId}`);
      if (answer.kind !== 'refused' || isFinal(job.header.state)) return;
      const node = idsOf(job).indexOf(nodeId);
      // Its map has made its list anew, and that is shorter.
      if (node === -1) return;
      const run = nodeAt(job, node);
      const isCurrent = (run.state === 'running' || run.state === 'waiting') && run.attempt === attempt;
      if (isCurrent)
        blame(`J2: what the current attempt ${attempt} of ${nodeId} said was refused as ${answer.because}`);
    },
    blame,
    faults,
    jobs,
    moves,
    get commits() {
      return commits;
    },
    get events() {
      return events;
    },
  };
}

function tell({ id, header }: Job, audit: readonly AuditLine[]): string {
  const lines = audit.map(({ event, node, attempt, to, job, because }) =>
    [event, node, attempt, to && `→ ${to}`, job && `(job ${job})`, because && `because ${because}`]
      .filter((part) => part !== undefined)
      .join(' '),
  );
  return `${id} v${header.version} ${header.state}, check ${header.nextCheckAt}: ${lines.join('; ') || 'nothing told'}`;
}
