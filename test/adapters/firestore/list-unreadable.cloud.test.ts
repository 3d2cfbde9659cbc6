import { FieldValue, type Firestore } from '@google-cloud/firestore';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { jobPath } from '../../../shared/adapters/firestore/layout.ts';
import type { FirestoreStore } from '../../../shared/adapters/firestore/open.ts';
import { aFirestore, anSdk } from '../../support/a-firestore.ts';
import { aJob } from '../../support/a-job.ts';
import { describeCloud, uniqueProject } from '../../support/emulators.ts';

describeCloud('A list of jobs', () => {
  let opened: FirestoreStore;
  let sdk: Firestore;

  beforeEach(async () => {
    const project = uniqueProject();
    opened = await aFirestore({ project });
    sdk = anSdk(project);
    for (const [place, id] of ['oldest', 'second', 'third', 'newest'].entries())
      await opened.store.create(aJob(id).submittedAt(place).withKey(id).build(), []);
  });
  afterEach(() => Promise.all([opened.close(), sdk.terminate()]));

  const change = (id: string, fields: object) => sdk.doc(jobPath(id)).update({ schema: 99, ...fields });

  async function pages(size: number): Promise<string[][]> {
    const told: string[][] = [];
    for (let pageToken: string | undefined; ; ) {
      const page = await opened.store.list({ size, ...(pageToken !== undefined && { pageToken }) });
      told.push(page.jobs.map(({ jobId }) => jobId));
      pageToken = page.nextPageToken;
      if (pageToken === undefined) return told;
    }
  }

  test('shows a job of another version as far as it can be told, and leaves out what can not, on its page', async () => {
    await change('newest', { name: FieldValue.delete() });
    await change('third', { state: 'dreaming' });
    await change('second', {});
    expect(await pages(2)).toEqual([[], ['second', 'oldest']]);
    expect(await pages(3)).toEqual([['second'], ['oldest']]);
  });

  test('is not begun anew by jobs whose time another version writes otherwise', async () => {
    for (const id of ['newest', 'third', 'second']) await change(id, { submittedAt: 'long ago' });
    expect(await pages(2)).toEqual([['oldest']]);
  });

  test('by key leaves out what cannot be told', async () => {
    await change('second', { priority: 'high' });
    expect(await opened.store.list({ size: 5, idempotencyKey: 'second' })).toEqual({ jobs: [] });
  });
});
