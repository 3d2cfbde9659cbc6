import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FieldValue, type Firestore, type QueryDocumentSnapshot } from '@google-cloud/firestore';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { FirestoreStore } from '../../../shared/adapters/firestore/open.ts';
import { newBatch, told } from '../../../shared/jobs/batch/index.ts';
import type { Job } from '../../../shared/jobs/index.ts';
import { aFirestore, anSdk } from '../../support/a-firestore.ts';
import { aChange, aJob, aLine, succeeded } from '../../support/a-job.ts';
import { aSession } from '../../support/a-session.ts';
import { describeCloud, uniqueProject } from '../../support/emulators.ts';

interface FieldRule {
  readonly collectionGroup: string;
  readonly fieldPath: string;
  readonly ttl?: boolean;
  readonly indexes: readonly unknown[];
}

const { fieldOverrides } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../firestore.indexes.json'), 'utf8'),
) as { readonly fieldOverrides: readonly FieldRule[] };

describeCloud('What Firestore holds of a job', () => {
  let opened: FirestoreStore;
  let sdk: Firestore;

  beforeEach(async () => {
    const project = uniqueProject();
    opened = await aFirestore({ project, retentionMs: 1_000 });
    sdk = anSdk(project);
  });
  afterEach(() => Promise.all([opened.close(), sdk.terminate()]));

  test.each([
    ['newer', 2, 'store_too_new', /job-1 was written by a newer Breakwater \(schema 2; this one knows 1\): upgrade/],
    ['older', 0, 'store_too_old', /job-1 was written by an older Breakwater \(schema 0; this one knows 1\)/],
    ['unversioned', undefined, 'store_too_old', /job-1 was written by an older Breakwater/],
  ] as const)(
    'a job of a %s schema is refused in words, and the sweep does not pass it over',
    async (_, schema, code, words) => {
      const job = aJob().withKey('k').dueAt(5).build();
      await opened.store.create(job, [aLine(1)]);
      await sdk.doc('breakwater-jobs/job-1').update({ schema: schema ?? FieldValue.delete() });
      const failure = { code, message: expect.stringMatching(words) };
      const { store } = opened;
      await expect(store.load('job-1')).rejects.toMatchObject(failure);
      for (const query of [{ size: 5 }, { size: 5, idempotencyKey: 'k' }])
        expect((await store.list(query)).jobs).toMatchObject([{ jobId: 'job-1', state: 'pending' }]);
      await expect(store.readAudit('job-1', 0, 5)).rejects.toMatchObject(failure);
      await expect(store.commit(aChange(structuredClone(job)))).rejects.toMatchObject(failure);
      await expect(store.create(aJob().build(), [])).rejects.toMatchObject(failure);
      expect(await store.findDue(10, 5)).toEqual([{ jobId: 'job-1', nextCheckAt: 5 }]);
    },
  );

  /** One of each kind of document, with every field that there is. */
  async function tellAStory(): Promise<readonly QueryDocumentSnapshot[]> {
    const { store, parcels, policies, counts, batches } = opened;
    const parent = { jobId: 'p', nodeId: 'n', attempt: 1, depth: 1 };
    const large = { ...succeeded(), state: 'failed', failure: { code: 'x', message: 'x'.repeat(750_000) } } as const;
    const inbox = [{ id: 's', name: 'go', data: 'x'.repeat(750_000), at: 1 }];
    const one = aJob('one').withKey('k').withHeader({ parent, inbox, alarmAt: 5 }).build();
    await store.create(one, [aLine(1)]);
    const failure = { code: 'x', message: 'it failed' };
    const ended = { state: 'failed', endedAt: 7_000, failure, inbox: [] } as const;
    const ending = { header: ended, without: ['nextCheckAt'] } as const;
    const two = aJob('two').build();
    await store.create(two, []);
    await store.commit(aChange(two, { nodes: { 0: large }, ...ending, sessions: [aSession('two', 1)] }));
    const wide: Job = aJob('wide').withNodes(450).build();
    await store.create(wide, []);
    const lines = Array(40).fill({ failure: { code: 'x', message: 'x'.repeat(20_000) } });
    await store.commit(aChange(wide, { nodes: { 0: large, 200: succeeded('x'.repeat(2_000)) }, audit: lines }));
    const parcel = { owner: 'me', claimedAt: 1, leaseUntil: 2, claims: [], events: [] };
    await parcels.claim('wide', 'p', parcel);
    const event = {
      kind: 'failed',
      node: 1,
      attempt: 1,
      at: 1,
      chance: 0,
      failure: { code: 'x', message: 'x'.repeat(750_000) },
    } as const;
    await parcels.claim('wide', 'large', { ...parcel, events: [event] });
    const draft = { body: {}, at: 1, by: 'me' };
    await policies.create('retry', 'p', draft);
    await policies.update('retry', 'p', 1, { ...draft, body: { delay: 1 } });
    await counts.add('budget/http:https://a.example', [{ slot: 1, counts: { first: 1 } }], 0);
    const order = { action: 'cancel', filter: {}, ratePerSecond: 1 } as const;
    const batch = newBatch({ id: 'b', order, by: 'me', expected: { jobs: 1, isMore: false } }, Date.now());
    await batches.create(batch);
    const results = [{ jobId: 'one', outcome: 'done', at: 1 }] as const;
    await batches.write(told(batch, results, { jobIds: [] }, 7_000), results);
    const found = await Promise.all(groups.map((group) => sdk.collectionGroup(group).get()));
    return found.flatMap(({ docs }) => docs);
  }

  const groups = [
    'audit',
    'batch-results',
    'batches',
    'jobs',
    'keys',
    'pages',
    'parcels',
    'policies',
    'recoveries',
    'target-counts',
    'texts',
  ].map((name) => `breakwater-${name}`);
  const finishing = 'breakwater-batches';
  const counted = 'breakwater-target-counts';
  const lasting = 'breakwater-policies';
  const groupOf = (document: QueryDocumentSnapshot) => document.ref.parent.id;

  test('no field of any document is indexed by itself, and each kind of document but policies has a time to live', async () => {
    const documents = await tellAStory();
    expect([...new Set(documents.map(groupOf))].toSorted()).toEqual(groups);
    const written = new Set(
      documents.flatMap((each) => Object.keys(each.data()).map((field) => `${groupOf(each)}.${field}`)),
    );
    const nameOf = ({ collectionGroup, fieldPath }: FieldRule) => `${collectionGroup}.${fieldPath}`;
    const exempt = fieldOverrides.filter(({ indexes }) => indexes.length === 0).map(nameOf);
    expect([...written].filter((field) => !exempt.includes(field))).toEqual([]);
    expect(written.size).toBeGreaterThan(35);
    const living = fieldOverrides.filter(({ ttl }) => ttl).map(nameOf);
    expect(living.toSorted()).toEqual(groups.filter((group) => group !== lasting).map((group) => `${group}.expireAt`));
  });

  test('a finished job or batch goes when its retention is over, all else of it later, and an open job never', async () => {
    const documents = await tellAStory();
    const expiry = (document?: QueryDocumentSnapshot) => document?.get('expireAt')?.toMillis();
    const jobNamed = (id: string) => documents.find((each) => each.ref.path === `breakwater-jobs/${id}`);
    expect([expiry(jobNamed('one')), expiry(jobNamed('two'))]).toEqual([undefined, 8_000]);
    expect(documents.filter((each) => groupOf(each) === finishing).map(expiry)).toEqual([8_000]);
    const others = documents
      .filter((each) => !['breakwater-jobs', finishing, lasting, counted].includes(groupOf(each)))
      .map(expiry);
    expect(documents.filter((each) => groupOf(each) === lasting).map(expiry)).toEqual([undefined]);
    const [ofCounts] = documents.filter((each) => groupOf(each) === counted).map(expiry);
    expect(Math.abs(ofCounts! - Date.now() - 31 * 86_400_000)).toBeLessThan(60_000);
    expect(Math.min(...others)).toBeGreaterThan(Date.now() + 366 * 86_400_000 - 60_000);
  });
});
