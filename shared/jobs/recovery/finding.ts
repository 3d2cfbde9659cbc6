import type { FindingKind } from '../../policy/recovery/index.ts';
import type { AuditLine } from '../audit.ts';
import type { Draft } from '../draft.ts';
import type { Finding } from '../job.ts';
import { nodeIdAt } from '../nodes.ts';

/** What the line by which a node failed for good says of the matter; undefined where somebody decided that it fails. */
export function findingOf(draft: Draft, node: number): Finding | undefined {
  const id = nodeIdAt(draft, node);
  const line = draft.audit.findLast((each) => each.node === id && each.to === 'failed');
  const kind = line && kindOf(line);
  if (!kind || !line.failure) return undefined;
  const { code, message } = line.failure;
  return { kind, node: id, ...(line.attempt !== undefined && { attempt: line.attempt }), code, message };
}

/** By what happened, and not by the failure's code, which a target is free to choose. */
export function kindOf({ event, failure }: Pick<AuditLine, 'event' | 'failure'>): FindingKind | undefined {
  switch (event) {
    case 'leaseLost':
    case 'released':
      return 'lost_lease';
    case 'undeliverable':
      return 'dead_letter';
    case 'timedOut':
      return failure?.code === 'heartbeat_timeout' ? 'stalled_node' : 'timeout';
    case 'childEnded':
      return 'failed_child';
    case 'failed':
      return failure?.code === 'timeout'
        ? 'timeout'
        : failure?.code === 'heartbeat_timeout'
          ? 'stalled_node'
          : 'failed_node';
    default:
      return undefined;
  }
}
