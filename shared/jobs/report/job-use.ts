import { limits } from '../limits.ts';
import type { JobFacts } from './job-facts.ts';
import { between, exactly, type Range, sumOf } from './range.ts';

/**
 * What a job has used on Google Cloud, or would have used there. The bounds hold for a job that nobody else had to finish: messages that
 * came twice or late, and processes that died, cost more, and so do those who ask how it is.
 */
export interface JobUse {
  readonly writes: Readonly<Record<WriteKind, Range>>;
  /** Of all that was written, when its retention is over. */
  readonly deletes: Range;
  readonly reads: Range;
  readonly messages: Range;
  readonly requests: Range;
  /** Of Cloud Run, without what handlers and targets take: from instances that are always full to one for each request. */
  readonly instanceSeconds: Range;
}

export type WriteKind = 'job' | 'key' | 'texts' | 'pages' | 'audit' | 'parcels' | 'counts';

/** Of all doors together, for one attempt, as the benchmark measured it. */
const cpuSecondsPerAttempt = { least: 0.0005, inParcels: 0.001, alone: 0.005 } as const;

/** Parcels that come at the same time share a look at their job: so many looks were seen however wide it was. */
const looksAtParcels = 20;

/** An instance is charged by the begun tenth of a second. */
const chargedSecondsLeast = 0.1;

export function useOf(facts: JobFacts, hasKey: boolean, isChild: boolean): JobUse {
  const parcels = parcelsOf(facts);
  const audit = auditChunksOf(facts);
  const texts = textsOf(facts);
  const messages = messagesOf(facts, parcels);
  const submit = isChild ? 0 : 1;
  const requests = sumOf([messages, exactly(submit + facts.told - facts.sent)]);
  return {
    writes: {
      job: exactly(facts.commits),
      key: exactly(hasKey ? 1 : 0),
      texts,
      pages: pageWritesOf(facts),
      audit,
      parcels: parcelWritesOf(facts, parcels),
      counts: countsOf(facts),
    },
    deletes: sumOf([exactly(1 + (hasKey ? 1 : 0) + facts.pages), texts, audit, parcels]),
    reads: sumOf([readsOf(facts, messages, parcels), countsOf(facts)]),
    messages,
    requests,
    instanceSeconds: instanceSecondsOf(facts, requests, parcels),
  };
}

/** Whoever is asked for a retry tells the fleet what it has counted of the target, and hears the rest: once in a while, and not for each. */
function countsOf({ failures }: JobFacts): Range {
  return between(0, failures, 2 * failures);
}

/** Work goes out in parcels where more is ready at once than one holds: all of it perhaps, or none. */
function parcelsOf({ attempts, parcels }: JobFacts): Range {
  const { nodesPerParcel } = limits;
  return attempts <= nodesPerParcel ? exactly(0) : between(0, parcels, Math.ceil((2 * attempts) / nodesPerParcel));
}

/** A claim and all outcomes together; at most each outcome by itself, with leases that were renewed meanwhile. */
function parcelWritesOf({ attempts, renewals }: JobFacts, { likely, most }: Range): Range {
  return between(0, 2 * likely, most === 0 ? 0 : most + attempts + renewals);
}

/** What is too much for a document or a commit lies apart: of very wide jobs the audit, and then their pages. */
function textsOf({ texts, auditLines, pages }: JobFacts): Range {
  const inCommitMost = 900;
  if (auditLines < inCommitMost) return exactly(texts);
  return between(texts, texts + Math.floor(auditLines / 4_500), texts + Math.floor(auditLines / inCommitMost) + pages);
}

/** All with the first commit, all when their nodes have settled, and one with each commit between. At most all with every commit. */
function pageWritesOf({ pages, commits }: JobFacts): Range {
  return pages === 0 ? exactly(0) : between(pages, 2 * pages + commits - 2, pages * commits);
}

/** Lines leave the job's document together: behind each 64th, with a commit that brings 32 of them, and when details make them long. */
function auditChunksOf({ auditLines, commits, failures }: JobFacts): Range {
  const most = Math.floor(auditLines / 64) + Math.floor(auditLines / 32) + Math.floor(failures / 3);
  return between(auditLines >= 64 ? 1 : 0, Math.min(Math.floor(auditLines / 64), commits - 1), Math.min(commits, most));
}

/** A first one, or one for each parcel; an alarm and the work behind it; the work behind an answer from outside; the user's own. */
function messagesOf(
  { attempts, failures, leaseLosses, delays, told, children, sent }: JobFacts,
  parcels: Range,
): Range {
  const alarms = failures + delays;
  const likely = (attempts === 0 ? 0 : Math.max(1, parcels.likely)) + 2 * alarms + leaseLosses + told + children + sent;
  const least = (attempts === 0 ? 0 : 1) + sent;
  return between(least, likely, attempts + 3 * alarms + leaseLosses + told + children + sent);
}

/** Whoever gets a message looks at the job: its document with pages and texts, and at what its parcels know. */
function readsOf({ commits, pages, texts }: JobFacts, messages: Range, parcels: Range): Range {
  const look = 1 + pages + texts;
  const looks = messages.likely - parcels.likely + Math.min(parcels.likely, looksAtParcels);
  const most = 2 * (messages.most + commits) * (look + parcels.most);
  return between(messages.least, looks * (look + parcels.likely), most);
}

function instanceSecondsOf({ attempts, heldSeconds }: JobFacts, requests: Range, parcels: Range): Range {
  const { least, inParcels, alone } = cpuSecondsPerAttempt;
  const most = Math.max(alone * attempts, chargedSecondsLeast * requests.most) + heldSeconds;
  return between(least * attempts, (parcels.likely > 0 ? inParcels : alone) * attempts, most);
}
