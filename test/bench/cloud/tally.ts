/** What one process or all of them have used since they started. Plain numbers, so that differences and sums are made field by field. */
export type Tally = Readonly<Record<TallyField, number>>;

export const tallyFields = [
  'reads',
  'writes',
  'deletes',
  'commits',
  'conflicts',
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

/** By the path of the document that a write names: `…/documents/jobs/J/pages/3` is a page. */
export function kindOfWrite(name: string): TallyField {
  const [collection, , inside] = name.slice(name.indexOf('/documents/') + '/documents/'.length).split('/');
  if (collection === 'keys') return 'keyWrites';
  if (collection !== 'jobs') return 'otherWrites';
  return inside === undefined ? 'jobWrites' : (insideJob[inside] ?? 'otherWrites');
}

const insideJob: Readonly<Record<string, TallyField>> = {
  pages: 'pageWrites',
  audit: 'auditWrites',
  texts: 'textWrites',
  parcels: 'parcelWrites',
};

/** Pub/Sub charges no less than this for a request that publishes, and for one that pushes. */
const leastBytesPerCall = 1_000;

/** Each message is pushed by itself; several may be published in one call. */
export function billedBytes({ messages, publishCalls, publishedBytes }: Tally): number {
  const pushed = Math.max(publishedBytes, messages * leastBytesPerCall);
  return pushed + Math.max(publishedBytes, publishCalls * leastBytesPerCall);
}
