import { priceLists } from '../../../shared/jobs/report/index.ts';

/**
 * What one process or all of them have used since they started: counted at the wire, and beside it, as `store…`, what the store says of
 * itself. Plain numbers, so that differences and sums are made field by field.
 */
export type Tally = Readonly<Record<TallyField, number>>;

export const tallyFields = [
  'reads',
  'writes',
  'deletes',
  'commits',
  'refusedCommits',
  'storeReads',
  'storeWrites',
  'storeCommits',
  'jobWrites',
  'pageWrites',
  'auditWrites',
  'textWrites',
  'parcelWrites',
  'keyWrites',
  'otherWrites',
  'messages',
  'publishCalls',
  'publishedBytes',
  'requests',
  'busyMs',
  'chargedMs',
  'cpuMs',
] as const;

export type TallyField = (typeof tallyFields)[number];

export const noTally: Tally = tallyOf(() => 0);

export const sumOf = (all: readonly Tally[]): Tally =>
  tallyOf((field) => all.reduce((sum, each) => sum + each[field], 0));

export const differenceOf = (after: Tally, before: Tally): Tally => tallyOf((field) => after[field] - before[field]);

export function tallyOf(count: (field: TallyField) => number): Tally {
  return Object.fromEntries(tallyFields.map((field) => [field, count(field)])) as Tally;
}

/** By the path of the document that a write names: `…/breakwater-jobs/J/breakwater-pages/3` is a page. */
export function kindOfWrite(name: string): TallyField {
  const [collection, , inside] = name.slice(name.indexOf('/documents/') + '/documents/'.length).split('/');
  if (collection === 'breakwater-keys') return 'keyWrites';
  if (collection !== 'breakwater-jobs') return 'otherWrites';
  return inside === undefined ? 'jobWrites' : (insideJob[inside] ?? 'otherWrites');
}

const insideJob: Readonly<Record<string, TallyField>> = {
  'breakwater-pages': 'pageWrites',
  'breakwater-audit': 'auditWrites',
  'breakwater-texts': 'textWrites',
  'breakwater-parcels': 'parcelWrites',
};

/** Each message is pushed by itself; several may be published in one call. */
export function billedBytes({ messages, publishCalls, publishedBytes }: Tally): number {
  const { pubSubBytesMin } = priceLists.regional;
  const pushed = Math.max(publishedBytes, messages * pubSubBytesMin);
  return pushed + Math.max(publishedBytes, publishCalls * pubSubBytesMin);
}

/** Where the store's own account of itself is not what went over the wire, a sentence each. A commit of a job writes the job's document once. */
export function differencesOf(tally: Tally): readonly string[] {
  const pairs = [
    ['reads', tally.storeReads, tally.reads],
    ['writes', tally.storeWrites, tally.writes],
    ['commits', tally.storeCommits, tally.commits],
  ] as const;
  return pairs
    .filter(([, told, counted]) => told !== counted)
    .map(([what, told, counted]) => `the store tells of ${told} ${what}, and ${counted} went over the wire`);
}
