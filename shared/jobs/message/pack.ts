import { messageLimits } from './limits.ts';
import type { Alarm, AlarmsMessage, NodesMessage } from './message.ts';

/** A ready node as the queue is told of it. */
export interface ReadyNodeName {
  readonly jobId: string;
  readonly node: number;
  readonly attempt: number;
  readonly priority: number;
  readonly parcel?: string;
}

/** As few messages as the limits allow, in the order in which their first nodes came; nodes keep their order within them. */
export function packNodes(nodes: readonly ReadyNodeName[]): readonly NodesMessage[] {
  const groups = Map.groupBy(nodes, ({ jobId, priority, parcel }) => JSON.stringify([jobId, priority, parcel]));
  return [...groups.values()].flatMap((group) => slices(group, messageLimits.nodesPerMessage).map(packGroup));
}

export function unpackNodes({ jobId, nodes, priority, parcel }: NodesMessage): readonly ReadyNodeName[] {
  const common = { jobId, priority, ...(parcel !== undefined && { parcel }) };
  return nodes.map(([node, attempt]) => ({ ...common, node, attempt }));
}

/** A time is rounded up, so that nobody is woken before it. */
export function packAlarms(alarms: readonly Alarm[]): readonly AlarmsMessage[] {
  return slices(alarms, messageLimits.alarmsPerMessage).map((slice) => ({
    kind: 'alarms',
    alarms: slice.map(({ jobId, at }) => [jobId, Math.ceil(at)] as const),
  }));
}

export function unpackAlarms({ alarms }: AlarmsMessage): readonly Alarm[] {
  return alarms.map(([jobId, at]) => ({ jobId, at }));
}

function packGroup(group: readonly ReadyNodeName[]): NodesMessage {
  const { jobId, priority, parcel } = group[0]!;
  const nodes = group.map(({ node, attempt }) => [node, attempt] as const);
  return { kind: 'nodes', jobId, nodes, priority, ...(parcel !== undefined && { parcel }) };
}

function slices<Item>(items: readonly Item[], most: number): (readonly Item[])[] {
  const count = Math.ceil(items.length / most);
  return Array.from({ length: count }, (_, at) => items.slice(at * most, (at + 1) * most));
}
