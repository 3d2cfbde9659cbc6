import { isDeepStrictEqual } from 'node:util';
import { type AuditLine, type Job, replayAudit, statesOf } from '../../../shared/jobs/index.ts';
import type { Execution } from './doors/handlers.ts';

/**
 * What was unlawful in a job that completed, a sentence each: by its audit alone, and by what the processes that ran its nodes wrote down
 * themselves. All of it happened on one machine, so that its clock can be held against itself.
 */
export function faultsOf(job: Job, audit: readonly AuditLine[], executions: readonly Execution[]): readonly string[] {
  const ids = job.spec.nodes.map(({ id }) => id);
  const byNode = Map.groupBy(executions, ({ nodeId }) => nodeId);
  return [
    ...replayFaults(job, ids, audit),
    ...orderFaults(job, audit),
    ...job.spec.nodes.flatMap(({ id, dependsOn = [] }) => executionFaults(id, dependsOn, byNode)),
  ].map((fault) => `${job.spec.name} ${job.id}: ${fault}`);
}

function replayFaults(job: Job, ids: readonly string[], audit: readonly AuditLine[]): string[] {
  return isDeepStrictEqual(replayAudit(ids, audit), statesOf(job)) ? [] : ['its audit replayed is another job'];
}

/** In the order of the lines: a node is claimed behind the success of all that it needs, and never again behind its own. */
function orderFaults({ spec }: Job, audit: readonly AuditLine[]): string[] {
  const needs = new Map(spec.nodes.map(({ id, dependsOn = [] }) => [id, dependsOn]));
  const succeeded = new Set<string>();
  const faults: string[] = [];
  for (const { seq, node, to } of audit) {
    if (node === undefined) continue;
    if (to === 'running') {
      const early = needs.get(node)?.find((id) => !succeeded.has(id));
      if (early !== undefined) faults.push(`line ${seq}: ${node} was claimed before ${early} had succeeded`);
      if (succeeded.has(node)) faults.push(`line ${seq}: ${node} was claimed after its outcome had been stored`);
    }
    if (to === 'succeeded') succeeded.add(node);
  }
  return faults;
}

function executionFaults(
  id: string,
  dependsOn: readonly string[],
  executions: ReadonlyMap<string, readonly Execution[]>,
): string[] {
  const mine = executions.get(id) ?? [];
  if (mine.length === 0) return [`${id} succeeded and was never run`];
  const faults: string[] = [];
  const attempts = new Set(mine.map(({ attempt }) => attempt));
  if (attempts.size < mine.length) faults.push(`an attempt of ${id} was run twice`);
  const begunAt = Math.min(...mine.map((each) => each.begunAt));
  for (const needed of dependsOn) {
    const endedAt = Math.min(...(executions.get(needed) ?? []).map((each) => each.endedAt));
    if (begunAt < endedAt) faults.push(`${id} began ${endedAt - begunAt} ms before ${needed} had ended`);
  }
  return faults;
}
