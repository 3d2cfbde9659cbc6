import type { ItemSpec, Job, JobSpec, NodeRun, NodeSpec } from '../../../shared/jobs/index.ts';

/** Reads a job without the help of the code that is judged. */

export function runsOf(job: Job): NodeRun[] {
  return job.pages.flatMap((page) => page.nodes);
}

export function idsOf({ spec, header }: Job): string[] {
  const items = header.maps.flatMap(({ node, count }) =>
    Array.from({ length: count }, (_, place) => `${spec.nodes[node]!.id}[${place}]`),
  );
  return [...spec.nodes.map(({ id }) => id), ...items];
}

export function specAt({ spec, header }: Job, index: number): NodeSpec | ItemSpec {
  if (index < spec.nodes.length) return spec.nodes[index]!;
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
