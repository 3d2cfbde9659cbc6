import type { Job } from '../job.ts';
import { limits } from '../limits.ts';
import { nodeAt, nodeCount, nodeIndices, nodeSpecAt } from '../nodes.ts';
import { pageIsInline, resultsApart, specIsInline } from '../record/index.ts';
import { isFinal, type JobState } from '../states.ts';
import type { Cost } from './cost.ts';
import { costOf } from './cost.ts';
import type { PriceList } from './prices.ts';

/** A figure that follows from what is stored has three times the same; for any other, `likely` is the estimate within the bounds. */
export interface Range {
  readonly least: number;
  readonly likely: number;
  readonly most: number;
}

/** What a job has used on Google Cloud, or would have used there, as far as the job itself can tell. */
export interface JobBill {
  readonly jobId: string;
  readonly state: JobState;
  readonly nodes: number;
  readonly attempts: number;
  readonly writes: Readonly<Record<WriteKind, Range>>;
  readonly deletes: Range;
  readonly reads: Range;
  readonly messages: Range;
  readonly requests: Range;
  readonly cpuSeconds: number;
  readonly cost: Readonly<Record<keyof Range, Cost>>;
  readonly region: string;
  readonly pricesAsOf: string;
}

export type WriteKind = 'job' | 'key' | 'texts' | 'pages' | 'audit' | 'parcels';

/** What the benchmark measured, and what a door is given. */
export const assumptions = {
  /** Of all doors together, for one attempt, without what the handler itself does. */
  cpuSecondsPerAttempt: 0.003,
  memoryGiB: 0.5,
  /** A message names up to 100 nodes and is pushed once: both requests are charged as 1,000 bytes unless it is longer. */
  bytesPerMessage: 2_000,
} as const;

export function billOf(job: Job, prices: PriceList): JobBill {
  const facts = factsOf(job);
  const writes = writesOf(job, facts);
  const messages = messagesOf(facts);
  const requests = mapRange(messages, (each) => each + 1);
  const reads = readsOf(facts, messages);
  const documents = documentsOf(facts, writes);
  const cpuSeconds = facts.attempts * assumptions.cpuSecondsPerAttempt;
  const at = (bound: keyof Range): Cost =>
    costOf(
      {
        reads: reads[bound],
        writes: Object.values(writes).reduce((sum, range) => sum + range[bound], 0),
        deletes: documents[bound],
        pubSubBytes: messages[bound] * assumptions.bytesPerMessage,
        requests: requests[bound],
        cpuSeconds,
        memoryGiB: assumptions.memoryGiB,
      },
      prices,
    );
  return {
    jobId: job.id,
    state: job.header.state,
    nodes: facts.nodes,
    attempts: facts.attempts,
    writes,
    deletes: documents,
    reads,
    messages,
    requests,
    cpuSeconds,
    cost: { least: at('least'), likely: at('likely'), most: at('most') },
    region: prices.region,
    pricesAsOf: prices.asOf,
  };
}

interface Facts {
  readonly nodes: number;
  readonly attempts: number;
  /** Commits of the job, each of which writes its document. */
  readonly commits: number;
  readonly auditLines: number;
  /** Pages that are documents of their own. */
  readonly pages: number;
  /** Nodes that an alarm woke: they waited for a time or for a retry. */
  readonly alarms: number;
  readonly parcels: Range;
  readonly hasEnded: boolean;
}

function factsOf(job: Job): Facts {
  const runs = nodeIndices(job).map((index) => nodeAt(job, index));
  const attempts = runs.reduce((sum, run) => sum + (run.state === 'blocked' ? 0 : run.attempt), 0);
  const retries = runs.reduce((sum, run) => sum + (run.state === 'blocked' ? 0 : run.failures), 0);
  const delays = nodeIndices(job).filter((index) => nodeSpecAt(job, index).type === 'delay').length;
  return {
    nodes: nodeCount(job),
    attempts,
    commits: job.header.version,
    auditLines: job.header.auditCount,
    pages: pageIsInline(job.pages) ? 0 : job.pages.length,
    alarms: retries + delays,
    parcels: parcelsOf(attempts),
    hasEnded: isFinal(job.header.state),
  };
}

/** Work is handed out in parcels where more is ready at once than one holds: perhaps all of it, perhaps none. */
function parcelsOf(attempts: number): Range {
  const { nodesPerParcel } = limits;
  if (attempts <= nodesPerParcel) return exactly(0);
  return { least: 0, likely: Math.ceil(attempts / nodesPerParcel), most: Math.ceil((2 * attempts) / nodesPerParcel) };
}

function writesOf(job: Job, facts: Facts): Readonly<Record<WriteKind, Range>> {
  const { commits, pages, parcels, attempts, hasEnded } = facts;
  const spec = JSON.stringify(job.spec);
  const results = new Set(resultsApart(job.pages).values()).size;
  return {
    job: exactly(commits),
    key: exactly(job.header.idempotency ? 1 : 0),
    texts: exactly(results + (specIsInline(spec) ? 0 : Math.ceil(Buffer.byteLength(spec) / textBytesMost))),
    // Written with the job, and again when something of them changes: twice, or with every commit.
    pages: { least: pages * (hasEnded ? 2 : 1), likely: pages * Math.min(commits, 4), most: pages * commits },
    audit: auditChunks(facts),
    // A claim, and its outcomes together; at most each outcome by itself.
    parcels: { least: 2 * parcels.least, likely: 2 * parcels.likely, most: parcels.most + (parcels.most && attempts) },
  };
}

/** A text lies in documents of this much. */
const textBytesMost = 900_000;

/** Lines leave the job's document together: where their number passes a multiple of 64, and where one commit brings 32 and more. */
function auditChunks({ auditLines, commits }: Facts): Range {
  const least = auditLines >= 64 ? 1 : 0;
  const most = Math.min(commits, Math.floor(auditLines / 64) + Math.floor(auditLines / 32));
  return { least, likely: Math.max(least, Math.min(most, Math.floor(auditLines / 64))), most };
}

/** A first one, one for each alarm and the work behind it, and for a wide job one for each parcel. */
function messagesOf({ attempts, alarms, parcels }: Facts): Range {
  const likely = Math.max(1, parcels.likely) + 2 * alarms;
  return { least: attempts === 0 ? 0 : 1, likely, most: Math.max(likely, attempts + 2 * alarms) };
}

/** Whoever gets a message reads the job with its pages once; a fold reads parcels as well. */
function readsOf({ pages, parcels, commits }: Facts, messages: Range): Range {
  const perLook = 1 + pages;
  return {
    least: messages.least * perLook,
    likely: messages.likely + pages * Math.min(messages.likely, commits) + parcels.likely,
    most: (messages.most + commits) * perLook + commits * parcels.most,
  };
}

/** When its retention is over. */
function documentsOf({ pages, parcels }: Facts, { key, texts, audit }: Readonly<Record<WriteKind, Range>>): Range {
  const fixed = 1 + pages + key.likely + texts.likely;
  const at = (bound: keyof Range) => fixed + audit[bound] + parcels[bound];
  return { least: at('least'), likely: at('likely'), most: at('most') };
}

const exactly = (count: number): Range => ({ least: count, likely: count, most: count });

const mapRange = ({ least, likely, most }: Range, change: (each: number) => number): Range => ({
  least: change(least),
  likely: change(likely),
  most: change(most),
});
