import { CodedError } from '../../../shared/core/error.ts';
import type { JobStore } from '../../../shared/ports/index.ts';
import type { HeldDoor } from '../../doors/a-door.ts';

/** A chain of nodes that call a handler which is always there. */
export const node = (id: string, ...dependsOn: readonly string[]) => ({
  id,
  type: 'function',
  handler: 'noop',
  dependsOn,
});

export const nodesOf = (jobId: string, ...nodes: readonly [number, number][]) => ({
  schema: 1,
  kind: 'nodes',
  jobId,
  nodes,
  priority: 5,
});

/** The store, but for jobs that it refuses to show. */
export function denied(store: JobStore, isDenied: (jobId: string) => boolean): JobStore {
  const refuse = () => Promise.reject(new CodedError('store_denied', 'it may not be read'));
  return {
    ...store,
    load: (jobId, ...known) => (isDenied(jobId) ? refuse() : store.load(jobId, ...known)),
    commit: (change) => (isDenied(change.before.id) ? refuse() : store.commit(change)),
  };
}

/** What the log was told, but for the failures themselves. */
export const notesOf = ({ lines }: HeldDoor) =>
  lines.filter(({ severity, code }) => severity === 'WARNING' || String(code).startsWith('push_'));
