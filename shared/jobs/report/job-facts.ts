import type { Job, NodeRun } from '../job.ts';
import { limits } from '../limits.ts';
import { nodeAt, nodeCount, nodeIndices, nodeSpecAt } from '../nodes.ts';
import { pageIsInline, resultsApart, specIsInline } from '../record/index.ts';
import type { ItemSpec, NodeSpec } from '../spec.ts';

/** What a stored job still knows of what was done for it. */
export interface JobFacts {
  readonly nodes: number;
  /** Of calls: nodes that wait or choose are nobody's to run. */
  readonly attempts: number;
  readonly failures: number;
  readonly leaseLosses: number;
  /** Commits of the job, each of which writes its document. */
  readonly commits: number;
  readonly auditLines: number;
  /** Pages that are documents of their own. */
  readonly pages: number;
  /** Documents of specs and results that lie apart. */
  readonly texts: number;
  /** Nodes that waited for a time. */
  readonly delays: number;
  /** How long alarms may have been held for retries and delays. */
  readonly heldSeconds: number;
  /** Nodes that went on when somebody outside told the engine: a signal, a callback. */
  readonly told: number;
  readonly children: number;
  /** Messages sent to topics of the user's. */
  readonly sent: number;
  /** Full parcels, as far as the nodes show that became ready at the same time. */
  readonly parcels: number;
  /** How often leases may have been renewed. */
  readonly renewals: number;
}

/** A door holds an alarm no longer than this; what is further away waits in the store. */
const heldSecondsMost = 90;

/** A lease is renewed at the earliest when a third of it has passed, 10 s of 30. */
const renewedEverySeconds = 10;

export function factsOf(job: Job, now: number): JobFacts {
  const all = nodeIndices(job).map((index) => ({ spec: nodeSpecAt(job, index), run: nodeAt(job, index) }));
  const sum = (of: (node: SeenNode) => number) => all.reduce((total, node) => total + of(node), 0);
  const begun = all.filter(({ run }) => hasBegun(run));
  const count = (is: (spec: NodeSpec | ItemSpec) => boolean) => begun.filter(({ spec }) => is(spec)).length;
  return {
    nodes: nodeCount(job),
    attempts: sum(attemptsOf),
    failures: sum(({ run }) => pastOf(run)?.failures ?? 0),
    leaseLosses: sum(({ run }) => pastOf(run)?.leaseLosses ?? 0),
    commits: job.header.version,
    auditLines: job.header.auditCount,
    pages: pageIsInline(job.pages) ? 0 : job.pages.length,
    texts: textsOf(job),
    delays: count(({ type }) => type === 'delay'),
    heldSeconds: sum((node) => heldSecondsOf(node, now)),
    told: count(isTold),
    children: count(({ type }) => type === 'job'),
    sent: sum((node) => (node.spec.type === 'pubsub' ? attemptsOf(node) : 0)),
    parcels: parcelsOf(all),
    renewals: sum(({ run }) => Math.floor(secondsOf(run, now) / renewedEverySeconds)),
  };
}

interface SeenNode {
  readonly spec: NodeSpec | ItemSpec;
  readonly run: NodeRun;
}

const hasBegun = ({ state }: NodeRun): boolean => state !== 'blocked' && state !== 'ready' && state !== 'skipped';

const pastOf = (run: NodeRun) => (run.state === 'blocked' ? undefined : run);

function attemptsOf({ spec: { type }, run }: SeenNode): number {
  const isCall = type === 'http' || type === 'pubsub' || type === 'function';
  return isCall ? (pastOf(run)?.attempt ?? 0) : 0;
}

/** From when it could start until it ended. */
function secondsOf(run: NodeRun, now: number): number {
  if (run.state === 'blocked') return 0;
  return (('endedAt' in run ? run.endedAt : now) - run.readyAt) / 1_000;
}

function heldSecondsOf({ spec, run }: SeenNode, now: number): number {
  const alarms = (pastOf(run)?.failures ?? 0) + (spec.type === 'delay' ? 1 : 0);
  return alarms === 0 ? 0 : Math.min(secondsOf(run, now), alarms * heldSecondsMost);
}

function isTold(spec: NodeSpec | ItemSpec): boolean {
  if (spec.type === 'pubsub') return spec.completion !== 'publish';
  return spec.type === 'signal' || ('completion' in spec && spec.completion === 'callback');
}

function textsOf(job: Job): number {
  const spec = JSON.stringify(job.spec);
  const texts = new Set([...resultsApart(job.pages).values(), ...(specIsInline(spec) ? [] : [spec])]);
  return [...texts].reduce((sum, text) => sum + Math.ceil(Buffer.byteLength(text) / textBytesMost), 0);
}

/** A text lies in documents of this much. */
const textBytesMost = 900_000;

function parcelsOf(nodes: readonly SeenNode[]): number {
  const { nodesPerParcel } = limits;
  const run = nodes.filter((node) => attemptsOf(node) > 0);
  const together = [...Map.groupBy(run, (node) => pastOf(node.run)?.readyAt).values()];
  const wide = together.filter(({ length }) => length > nodesPerParcel);
  return wide.reduce((sum, { length }) => sum + Math.ceil(length / nodesPerParcel), 0);
}
