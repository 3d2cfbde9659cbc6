import type { CompensateSpec, ItemSpec, Job, JobSpec, NodeRun, NodeSpec } from '../../../shared/jobs/index.ts';

/** Reads a job without the help of the code that is judged. */

export function runsOf(job: Job): NodeRun[] {
  return job.pages.flatMap((page) => page.nodes);
}

export function idsOf(job: Job): string[] {
  const { spec, header } = job;
  const ids = spec.nodes.map(({ id }) => id);
  for (const { node, first, count, isGivenUp } of header.maps) {
    const gone = isGivenUp ? `~${first}` : '';
    for (let place = 0; place < count; place++) ids[first + place] = `${spec.nodes[node]!.id}[${place}]${gone}`;
  }
  const had = new Map<string, number>();
  for (const { index, of } of undosIn(header)) {
    const name = ids[of]!.replace(/~\d+$/, '');
    had.set(name, (had.get(name) ?? 0) + 1);
    ids[index] = `undo(${name})${had.get(name) === 1 ? '' : `~${had.get(name)}`}`;
  }
  return ids;
}

/** Compensations, as the header has them. */
export function undosIn({ rollbacks = [] }: Job['header']): { index: number; of: number; attempt: number }[] {
  return rollbacks.flatMap(({ first, spans }) => {
    const nodes = spans.flatMap(([node, count, attempt]) =>
      Array.from({ length: count }, (_, place) => ({ of: node + place, attempt })),
    );
    return nodes.map((node, place) => ({ index: first + place, ...node }));
  });
}

export function specAt(job: Job, index: number): NodeSpec | ItemSpec {
  const { spec, header } = job;
  if (index < spec.nodes.length) return spec.nodes[index]!;
  const undo = undosIn(header).find((each) => each.index === index);
  if (undo) return (specAt(job, undo.of) as { compensate?: CompensateSpec }).compensate!;
  const map = spec.nodes[mapOf(header, index)!]!;
  return (map as Extract<NodeSpec, { type: 'map' }>).node;
}

export function mapOf(header: Job['header'], index: number): number | undefined {
  return header.maps.find(({ first, count }) => index >= first && index < first + count)?.node;
}

export function dependenciesOf(spec: JobSpec, index: number): number[] {
  return (spec.nodes[index]?.dependsOn ?? []).map((id) => spec.nodes.findIndex((node) => node.id === id));
}

/** No node has failed but those that may: they say so, or somebody who accepts failures has succeeded in their place. */
export function lawfulWithoutFailures(job: Job): boolean {
  const { nodes } = job.spec;
  const runs = runsOf(job);
  return nodes.every((node, index) => {
    if (runs[index]!.state !== 'failed' || node.onFailure === 'continue') return true;
    return nodes.some(
      (other, at) =>
        other.dependsOn?.includes(node.id) &&
        other.join !== undefined &&
        other.join !== 'all_succeeded' &&
        runs[at]!.state === 'succeeded',
    );
  });
}
