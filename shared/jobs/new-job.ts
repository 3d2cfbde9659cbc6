import { graphOf } from './graph.ts';
import type { Idempotency, Job, JobHeader, NodePage, NodeRun, Parent, Tally } from './job.ts';
import { limits } from './limits.ts';
import type { JobSpec } from './spec.ts';

export interface Birth {
  readonly id: string;
  readonly spec: JobSpec;
  readonly idempotency?: Idempotency;
  readonly parent?: Parent;
}

/** A job to which nothing has happened: pending, and not stored before `submitted` is applied to it. */
export function newJob(birth: Birth, now: number): Job {
  const { dependencies } = graphOf(birth.spec);
  const runs = dependencies.map((each): NodeRun => ({ state: 'blocked', unsettled: each.length, succeeded: 0 }));
  const pages: NodePage[] = [];
  for (let first = 0; first < runs.length; first += limits.nodesPerPage) {
    pages.push({ nodes: runs.slice(first, first + limits.nodesPerPage), dueAt: Infinity, alarmAt: Infinity });
  }
  return { id: birth.id, spec: birth.spec, header: newHeader(birth, runs.length, now), pages };
}

function newHeader({ spec, idempotency, parent }: Birth, nodes: number, now: number): JobHeader {
  return {
    version: 0,
    state: 'pending',
    submittedAt: now,
    ...(spec.deadline !== undefined && { deadlineAt: spec.deadline }),
    ...(idempotency && { idempotency }),
    ...(parent && { parent }),
    tally: { ...noNodes, blocked: nodes },
    checkedAt: now,
    auditCount: 0,
    inbox: [],
    signalIds: [],
    maps: [],
    resultBytes: 0,
  };
}

const noNodes: Tally = {
  blocked: 0,
  ready: 0,
  running: 0,
  waiting: 0,
  retrying: 0,
  succeeded: 0,
  failed: 0,
  skipped: 0,
  cancelled: 0,
  lost: 0,
};
