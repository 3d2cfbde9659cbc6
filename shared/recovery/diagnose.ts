import { type Finding, isFinal, type Job, limits, nodeIndices, openDraft, stallOf } from '../jobs/index.ts';
import { isMissed, nodeFinding } from './node-finding.ts';
import { isAwaited } from './orphan.ts';

/**
 * What is wrong with a job as it stands at this moment: first its nodes, in their order and of many the first ones, then the job itself. Without
 * its parent it is not asked whether a child has been orphaned; `gone` is one that is not stored any more.
 */
export function diagnose(job: Job, now: number, parent?: Job | 'gone'): readonly Finding[] {
  const draft = openDraft(job, now);
  const ofNodes = nodeIndices(job).flatMap((node) => nodeFinding(draft, node) ?? []);
  const ofJob = isFinal(job.header.state) ? endFinding(job) : openFindings(job, now, parent);
  return [...ofNodes.slice(0, limits.recoveryNodesTold), ...ofJob];
}

function endFinding({ header }: Job): Finding[] {
  const { state, failure } = header;
  if (state === 'completed') return [];
  if (state === 'aborted' || !failure) return [{ kind: 'failed_job', message: `the job was ${state}` }];
  const { code, message } = failure;
  return [{ kind: code === 'deadline_exceeded' ? 'deadline' : 'failed_job', code, message }];
}

function openFindings(job: Job, now: number, parent: Job | 'gone' | undefined): Finding[] {
  const { header, spec } = job;
  const findings: Finding[] = [];
  const { deadlineAt = Infinity, startedAt, resumedAt = 0, paused } = header;
  const startAt = Math.max(spec.startAt ?? header.submittedAt, resumedAt);
  if (deadlineAt <= now) findings.push({ kind: 'deadline', message: `its deadline was ${isoOf(deadlineAt)}` });
  if (startedAt === undefined && !paused && isMissed(startAt, now))
    findings.push({ kind: 'missed_timer', message: `it was to start at ${isoOf(startAt)}` });
  const stall = stallOf(job);
  if (stall !== undefined) findings.push({ kind: 'stalled_job', message: stall });
  const { parent: of } = header;
  if (of && parent && !isAwaited(job, parent === 'gone' ? undefined : parent))
    findings.push({ kind: 'orphaned_child', message: `job ${of.jobId} does not wait for it any more` });
  return findings;
}

const isoOf = (ms: number) => new Date(ms).toISOString();
