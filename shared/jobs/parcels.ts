import { applyToDraft } from './apply-event.ts';
import { type Draft, put } from './draft.ts';
import type { Effect, NodeEvent } from './event.ts';
import type { Job, NodePage } from './job.ts';
import { limits } from './limits.ts';
import { hasNode, nodeAt, nodeIndices } from './nodes.ts';
import { enqueue } from './ready-node.ts';

/**
 * A wide job's ready nodes are handed out in parcels. Each is claimed and told about in a place of its own, so that those who work
 * for the job never meet at it. What a parcel says is part of the job's truth: it is folded into the job with its next commit,
 * through the same door as any event. A node stays in its parcel for as long as it waits for the same attempt, so that an attempt is
 * handed out once.
 */
export interface ParcelNews {
  readonly parcelId: string;
  readonly owner: string;
  readonly claimedAt: number;
  readonly leaseUntil: number;
  readonly claims: readonly { readonly node: number; readonly attempt: number }[];
  readonly events: readonly (NodeEvent & { readonly at: number })[];
}

/** Hands out what is to be published, when it is more than one parcel. Those that are in a parcel already stay there. */
export function handOut(draft: Draft, nodesPerParcel: number): void {
  const waiting = draft.effects.flatMap((effect, place) => (isToHandOut(draft, effect) ? [{ effect, place }] : []));
  if (waiting.length <= nodesPerParcel) return;
  let parcels = 0;
  for (const together of Map.groupBy(waiting, ({ effect }) => effect.priority).values()) {
    for (let from = 0; from < together.length; from += nodesPerParcel) {
      const parcel = `${draft.before.header.version + 1}-${parcels++}`;
      for (const { effect, place } of together.slice(from, from + nodesPerParcel)) {
        draft.effects[place] = { ...effect, parcel };
        const run = nodeAt(draft, effect.node);
        if (run.state === 'ready') put(draft, effect.node, { ...run, parcel });
      }
    }
  }
}

function isToHandOut(draft: Draft, effect: Effect): effect is Extract<Effect, { kind: 'enqueue' }> {
  if (effect.kind !== 'enqueue' || effect.parcel !== undefined || effect.isStray) return false;
  return nodeAt(draft, effect.node).state === 'ready';
}

/** Parcels that may know more of the job's nodes than the job does. Not for drafts: what is found is kept with the page. */
export function openParcels({ pages }: Pick<Job, 'pages'>): ReadonlySet<string> {
  return new Set(pages.flatMap((page) => [...openIn(page)]));
}

function openIn(page: NodePage): ReadonlySet<string> {
  const known = openOf.get(page);
  if (known) return known;
  const open = new Set<string>();
  for (const run of page.nodes) {
    if ((run.state === 'ready' || run.state === 'running') && run.parcel !== undefined) open.add(run.parcel);
  }
  openOf.set(page, open);
  return open;
}

const openOf = new WeakMap<NodePage, ReadonlySet<string>>();

/** Brings the news into the job, each at its own time. What the job has heard before, and what came too late, changes nothing. */
export function fold(draft: Draft, parcels: readonly ParcelNews[]): void {
  const { now } = draft;
  const steps = parcels.flatMap((parcel) => stepsOf(draft, parcel)).sort((a, b) => a.at - b.at);
  for (const { at, take } of steps) {
    draft.now = at;
    take();
  }
  draft.now = now;
  if (parcels.length > 0 && !draft.header.paused) letStraysGo(draft, parcels);
}

/** A parcel is claimed once. Nodes that its claim left out, for which its owner had no handler perhaps or whose target is spared, go out again by themselves. */
function letStraysGo(draft: Draft, parcels: readonly ParcelNews[]): void {
  const claimed = new Map(parcels.map(({ parcelId, claims }) => [parcelId, new Set(claims.map(({ node }) => node))]));
  for (const node of nodeIndices(draft)) {
    const run = nodeAt(draft, node);
    if (run.state !== 'ready' || run.parcel === undefined || claimed.get(run.parcel)?.has(node) !== false) continue;
    const { parcel: _, ...stray } = run;
    put(draft, node, { ...stray, requeueAt: draft.now + draft.requeueMs });
    enqueue(draft, node, run.attempt + 1, undefined, true);
    draft.headerTouched = true;
  }
}

/** Nodes of the parcel that wait to be claimed, and the attempts that they would be claimed for. */
export function readyInParcel({ pages }: Pick<Job, 'pages'>, parcelId: string): { node: number; attempt: number }[] {
  return pages.flatMap((page, number) => {
    if (!openIn(page).has(parcelId)) return [];
    return page.nodes.flatMap((run, place) => {
      if (run.state !== 'ready' || run.parcel !== parcelId) return [];
      return [{ node: number * limits.nodesPerPage + place, attempt: run.attempt + 1 }];
    });
  });
}

interface Step {
  readonly at: number;
  take(): void;
}

function stepsOf(
  draft: Draft,
  { parcelId: parcel, owner, claimedAt, leaseUntil, claims, events }: ParcelNews,
): readonly Step[] {
  const claim = (node: number, attempt: number): void => {
    applyToDraft(draft, { kind: 'claimed', node, attempt, owner, leaseUntil, parcel });
    if (isHeld(draft, node, attempt, owner)) applyToDraft(draft, { kind: 'heartbeat', node, attempt, leaseUntil });
  };
  const hear = (event: NodeEvent): void => {
    if (isHeld(draft, event.node, event.attempt, owner)) applyToDraft(draft, event);
  };
  return [
    ...claims.map(({ node, attempt }): Step => ({ at: claimedAt, take: () => claim(node, attempt) })),
    ...events.map(({ at, ...event }): Step => ({ at, take: () => hear(event as NodeEvent) })),
  ];
}

/** What is said of an attempt counts from him alone who holds it. */
function isHeld(draft: Draft, node: number, attempt: number, owner: string): boolean {
  if (!hasNode(draft, node)) return false;
  const run = nodeAt(draft, node);
  return run.state === 'running' && run.attempt === attempt && run.owner === owner;
}
