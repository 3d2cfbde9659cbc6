import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Batch, type BatchResult, cancelled, leased, newBatch, told } from '../../shared/jobs/batch/index.ts';
import type { Batches } from '../../shared/ports/index.ts';

export interface OpenBatches {
  readonly batches: Batches;
  /** The same as a new process would meet them; themselves, when they do not outlive their process. */
  reopen(): Batches | Promise<Batches>;
  close(): void | Promise<void>;
}

/** What every Batches promises. */
export function describeBatches(name: string, open: () => OpenBatches | Promise<OpenBatches>): void {
  describe(`${name} as Batches`, () => {
    let opened: OpenBatches;
    let batches: Batches;

    beforeEach(async () => {
      opened = await open();
      batches = opened.batches;
    });
    afterEach(() => opened.close());

    async function create(id: string, createdAt = 1_000.25): Promise<Batch> {
      const batch = aBatch(id, createdAt);
      expect(await batches.create(batch)).toEqual({ kind: 'created' });
      return batch;
    }

    const idsOf = async (query: Parameters<Batches['list']>[0]) =>
      (await batches.list(query)).batches.map(({ id }) => id);

    test('what was created is there, for a new process too', async () => {
      const batch = await create('nightly/ü 1');
      expect(await batches.get('nightly/ü 1')).toEqual(batch);
      batches = await opened.reopen();
      expect(await batches.get('nightly/ü 1')).toEqual(batch);
    });

    test('an unknown one is undefined, has no results, and cannot be written', async () => {
      expect(await batches.get('nobody')).toBeUndefined();
      expect(await batches.readResults('nobody', 0, 10)).toEqual([]);
      expect(await batches.write(leased(aBatch('nobody'), 'me', 1))).toBe('conflict');
      expect(await batches.list({ size: 5 })).toEqual({ batches: [] });
    });

    test('an id that is taken answers with its batch as it stands, and changes nothing', async () => {
      const held = leased(await create('a'), 'me', 5);
      await batches.write(held);
      expect(await batches.create(aBatch('a', 9))).toEqual({ kind: 'exists', batch: held });
      expect(await batches.get('a')).toEqual(held);
    });

    test('of many who create one id at the same time exactly one does', async () => {
      const verdicts = await Promise.all([1, 2, 3, 4].map((at) => batches.create(aBatch('a', at))));
      const stored = await batches.get('a');
      expect(verdicts.filter(({ kind }) => kind === 'created')).toHaveLength(1);
      expect(verdicts.flatMap((each) => (each.kind === 'exists' ? [each.batch] : []))).toEqual(Array(3).fill(stored));
    });

    test('a write on any other version than the one before is a conflict and writes nothing, results included', async () => {
      const batch = await create('a');
      const held = leased(batch, 'me', 5);
      expect(await batches.write(held)).toBe('written');
      for (const late of [batch, held, { ...held, version: 5 }])
        expect(await batches.write(told(late, [aResult('x')], aChunk, 7), [aResult('x')])).toBe(
          late === held ? 'written' : 'conflict',
        );
      expect((await batches.get('a'))?.version).toBe(3);
      expect(await batches.readResults('a', 0, 10)).toEqual([[aResult('x')]]);
    });

    test('of many who write one version at the same time exactly one does', async () => {
      const batch = await create('a');
      const verdicts = await Promise.all(['1', '2', '3', '4'].map((owner) => batches.write(leased(batch, owner, 5))));
      expect(verdicts.toSorted()).toEqual(['conflict', 'conflict', 'conflict', 'written']);
      expect((await batches.get('a'))?.lease?.owner).toBe(String(verdicts.indexOf('written') + 1));
    });

    test('results are there chunk by chunk with the batch that tells of them, for a new process too', async () => {
      let batch = await create('a');
      const chunks = [0, 1, 2].map((at) => [aResult(`job-${at}`), { ...aResult('ü "\\n"'), message: `it\n${at}` }]);
      for (const chunk of chunks) {
        batch = told(batch, chunk, aChunk, 7);
        expect(await batches.write(batch, chunk)).toBe('written');
      }
      batches = await opened.reopen();
      expect((await batches.get('a'))?.chunks).toBe(3);
      expect(await batches.readResults('a', 0, 10)).toEqual(chunks);
      expect(await batches.readResults('a', 1, 1)).toEqual([chunks[1]]);
      expect(await batches.readResults('a', 3, 10)).toEqual([]);
      await create('b');
      expect(await batches.readResults('b', 0, 10)).toEqual([]);
    });

    test('a chunk of 500 results with long messages is kept whole', async () => {
      const chunk = Array.from({ length: 500 }, (_, at) => ({ ...aResult(`job-${at}`), message: 'ü'.repeat(300) }));
      await batches.write(told(await create('a'), chunk, aChunk, 7), chunk);
      expect(await batches.readResults('a', 0, 1)).toEqual([chunk]);
    });

    test('the list has the newest first, can be of some states, and its pages hold whatever comes meanwhile', async () => {
      for (const [at, id] of ['c', 'a', 'b', 'e', 'd'].entries()) await create(id, Math.floor(at / 2));
      await batches.write(cancelled((await batches.get('b'))!, 'ada', 9));
      expect(await idsOf({ size: 10 })).toEqual(['d', 'e', 'b', 'c', 'a']);
      expect(await idsOf({ size: 10, states: ['running'] })).toEqual(['d', 'e', 'c', 'a']);
      expect(await idsOf({ size: 10, states: ['cancelled', 'completed'] })).toEqual(['b']);
      const first = await batches.list({ size: 2, states: ['running'] });
      await create('f', 100);
      const query = { size: 2, states: ['running'], pageToken: first.nextPageToken! } as const;
      expect(await idsOf(query)).toEqual(['c', 'a']);
      expect(await batches.list(query)).not.toHaveProperty('nextPageToken');
      const all = await batches.list({ size: 4 });
      expect(await idsOf({ size: 4, pageToken: all.nextPageToken! })).toEqual(['c', 'a']);
    });

    test.each(['', 'nonsense'])('a page token that is none ("%s") is a coded error', async (pageToken) => {
      await expect(batches.list({ size: 5, pageToken })).rejects.toMatchObject({ code: 'page_token_invalid' });
    });
  });
}

const aChunk = { jobIds: ['next'], next: 'token' };

const aResult = (jobId: string): BatchResult => ({ jobId, outcome: 'done', at: 6.5 });

function aBatch(id: string, createdAt = 1_000.25): Batch {
  const filter = { states: ['failed'], name: 'ü "quoted"', submittedFrom: 0.5 } as const;
  const order = { action: 'redrive', filter, reason: 'again', ratePerSecond: 0.5 } as const;
  return newBatch({ id, order, by: 'ada', expected: { jobs: 7, isMore: false } }, createdAt);
}
