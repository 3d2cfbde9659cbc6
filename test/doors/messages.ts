/** A node that does nothing, behind those it names. */
export const node = (id: string, ...dependsOn: string[]) => ({ id, type: 'function', handler: 'noop', dependsOn });

/** What is published when these nodes of a job are ready, each with the attempt that will be made. */
export const nodesOf = (jobId: string, ...nodes: [number, number][]) => ({
  schema: 1,
  kind: 'nodes',
  jobId,
  nodes,
  priority: 5,
});
