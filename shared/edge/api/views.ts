import {
  criticalPath,
  defaultPriority,
  graphOf,
  isSettled,
  type Job,
  type JobSpec,
  jobResult,
  nodeAt,
  nodeCount,
  nodeIdAt,
  nodeSpecAt,
  parallelGroups,
  resultOf,
  runOf,
  undoAt,
  undoOf,
  type Wait,
} from '../../jobs/index.ts';

import { checkpointView, compensationsOf, openRecoveryView } from './recovery-views.ts';

/** Jobs as the API shows them. Absent fields are left out; times are milliseconds since the epoch. */

export function jobView(job: Job): Record<string, unknown> {
  const { spec, header } = job;
  const { lost: _, ...counts } = header.tally;
  return {
    jobId: job.id,
    name: spec.name,
    description: spec.description,
    state: header.state,
    run: runOf(header),
    priority: spec.priority ?? defaultPriority,
    submittedAt: header.submittedAt,
    startAt: spec.startAt,
    startedAt: header.startedAt,
    endedAt: header.endedAt,
    deadlineAt: header.deadlineAt,
    paused: header.paused,
    rollback: header.rollback && { since: header.rollback.since, by: header.rollback.by, stage: header.rollback.stage },
    compensations: header.rollbacks && compensationsOf(job),
    recovery: header.recovery && openRecoveryView(header.recovery),
    checkpoints: header.checkpoints?.map(checkpointView),
    parent: header.parent && {
      jobId: header.parent.jobId,
      nodeId: header.parent.nodeId,
      attempt: header.parent.attempt,
    },
    nodes: nodeCount(job),
    counts,
    auditCount: header.auditCount,
    failure: header.failure,
    result: header.state === 'completed' ? jobResult(job) : undefined,
  };
}

export function nodeView(job: Job, index: number): Record<string, unknown> {
  const run = nodeAt(job, index);
  const spec = nodeSpecAt(job, index);
  const past = run.state === 'blocked' ? undefined : run;
  const undo = undoAt(job, index);
  const compensatedBy = undoOf(job, index);
  return {
    id: nodeIdAt(job, index),
    type: spec.type,
    state: run.state,
    dependsOn: 'dependsOn' in spec ? spec.dependsOn : undefined,
    compensates: undo && nodeIdAt(job, undo.of),
    compensatedBy: compensatedBy === undefined ? undefined : nodeIdAt(job, compensatedBy),
    attempt: past?.attempt ?? 0,
    failures: past?.failures ?? 0,
    leaseLosses: past?.leaseLosses ?? 0,
    readyAt: past?.readyAt,
    startedAt: past?.startedAt,
    endedAt: run.state !== 'blocked' && isSettled(run.state) && 'endedAt' in run ? run.endedAt : undefined,
    retryAt: run.state === 'retrying' ? run.retryAt : undefined,
    timeoutAt: run.state === 'running' || run.state === 'waiting' ? run.timeoutAt : undefined,
    lease: run.state === 'running' ? { owner: run.owner, until: run.leaseUntil } : undefined,
    waitsFor: run.state === 'waiting' ? waitView(run.on) : undefined,
    failure: run.state === 'failed' || run.state === 'retrying' ? run.failure : undefined,
  };
}

export function nodeDetail(job: Job, index: number): Record<string, unknown> {
  const { description, expected } = nodeSpecAt(job, index);
  return { jobId: job.id, ...nodeView(job, index), description, expected, result: resultOf(job, index) };
}

/** What a valid spec amounts to before it runs. A node that is not expected to take any time in particular counts as none. */
export function planOf(spec: JobSpec): Record<string, unknown> {
  const { dependencies } = graphOf(spec);
  const path = criticalPath(spec, (index) => spec.nodes[index]?.expected ?? 0);
  const byLength = path.ms > 0 ? path : criticalPath(spec, () => 1);
  return {
    valid: true,
    name: spec.name,
    nodes: spec.nodes.length,
    edges: dependencies.reduce((sum, each) => sum + each.length, 0),
    parallelGroups: parallelGroups(spec),
    criticalPath: { nodes: byLength.nodes, expectedMs: path.ms },
  };
}

function waitView(on: Wait): Record<string, unknown> {
  switch (on.kind) {
    case 'time':
      return { kind: on.kind, until: on.until };
    case 'signal':
      return { kind: on.kind, name: on.name };
    case 'callback':
      return { kind: on.kind, heartbeatBy: on.heartbeatBy };
    case 'child':
      return { kind: on.kind, jobId: on.jobId };
    case 'decision':
      return { kind: on.kind, failure: on.failure };
    case 'items':
      return { kind: on.kind, started: on.started, unsettled: on.unsettled };
  }
}
