import type { Json, JsonObject } from '../../core/json.ts';
import {
  type Job,
  type JobHeader,
  type JobSpec,
  limits,
  type MapItems,
  type NodePage,
  type NodeRun,
  type NodeState,
  type UndoneNodes,
} from '../../jobs/index.ts';

/** A job as far as the API shows it, so that whoever follows it from afar can show it as one who has it at hand. */
export function jobOfViews(
  spec: JobSpec,
  job: JsonObject,
  nodes: readonly JsonObject[],
  results: ReadonlyMap<string, Json>,
): Job {
  const runs = nodes.map((node) => runOf(node, results.get(String(node['id']))));
  const pages: NodePage[] = [];
  for (let first = 0; first < runs.length; first += limits.nodesPerPage)
    pages.push({ nodes: runs.slice(first, first + limits.nodesPerPage), dueAt: Infinity, alarmAt: Infinity });
  return { id: String(job['jobId']), spec, header: headerOf(job, mapsOf(spec, nodes), rollbacksOf(nodes)), pages };
}

/** What the API does not show is what a job has that nothing special has happened to. */
function headerOf(job: JsonObject, maps: readonly MapItems[], rollbacks: readonly UndoneNodes[]): JobHeader {
  const shown = job as unknown as JobHeader & { readonly counts: Readonly<Record<NodeState, number>> };
  const { state, submittedAt, startedAt, endedAt, failure, rollback, counts } = shown;
  return {
    version: 0,
    state,
    submittedAt,
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt }),
    ...(failure && { failure }),
    ...(rollback && { rollback }),
    tally: { ...counts, lost: 0 },
    checkedAt: submittedAt,
    auditCount: shown.auditCount,
    inbox: [],
    signalIds: [],
    maps,
    ...(rollbacks.length > 0 && { rollbacks }),
    resultBytes: 0,
  };
}

/** Items stand behind the nodes of the spec, those of a map together; compensations may stand between them. */
function mapsOf(spec: JobSpec, nodes: readonly JsonObject[]): MapItems[] {
  const maps = new Map<string, { node: number; first: number; count: number }>();
  for (let index = spec.nodes.length; index < nodes.length; index++) {
    if (nodes[index]!['compensates'] !== undefined) continue;
    const map = String(nodes[index]!['id']).replace(/\[\d+\]$/, '');
    const items = maps.get(map) ?? { node: spec.nodes.findIndex(({ id }) => id === map), first: index, count: 0 };
    items.count++;
    maps.set(map, items);
  }
  return [...maps.values()];
}

function rollbacksOf(nodes: readonly JsonObject[]): UndoneNodes[] {
  const places = new Map(nodes.map(({ id }, place) => [id, place]));
  return nodes.flatMap(({ compensates }, first) => {
    const of = compensates === undefined ? undefined : places.get(compensates);
    return of === undefined ? [] : [{ first, spans: [[of, 1, Number(nodes[of]!['attempt'])] as const] }];
  });
}

function runOf(node: JsonObject, result: Json | undefined): NodeRun {
  const { waitsFor, lease } = node as { waitsFor?: JsonObject; lease?: { owner: string; until: number } };
  const stored: JsonObject = {
    ...node,
    unsettled: 0,
    succeeded: 0,
    requeues: 0,
    lost: false,
    ...(waitsFor && { on: { checkAt: 0, ...waitsFor } }),
    ...(lease && { owner: lease.owner, leaseUntil: lease.until }),
    ...(result !== undefined && { result }),
  };
  return stored as unknown as NodeRun;
}
