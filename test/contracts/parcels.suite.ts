import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Parcel, Parcels } from '../../shared/ports/index.ts';

export interface OpenParcels {
  readonly parcels: Parcels;
  /** The same parcels as a new process would meet them; themselves, when they do not outlive their process. */
  reopen(): Parcels | Promise<Parcels>;
  close(): void | Promise<void>;
}

/** What every Parcels promises. */
export function describeParcels(name: string, open: () => OpenParcels | Promise<OpenParcels>): void {
  describe(`${name} as Parcels`, () => {
    let opened: OpenParcels;
    let parcels: Parcels;

    beforeEach(async () => {
      opened = await open();
      parcels = opened.parcels;
    });
    afterEach(() => opened.close());

    const readOne = async (parcelId = 'p1', jobId = 'job-1') => (await parcels.read(jobId, [parcelId]))[0];

    test('a parcel that was claimed is read as it was, by a new process too', async () => {
      const parcel = aParcel({ events: [done(0, { text: 'ü "\\n" \u{1f6a2}', list: [1, null] }), failed(1)] });
      expect(await parcels.claim('job-1', 'p1', parcel)).toEqual({ kind: 'claimed' });
      expect(await readOne()).toEqual({ parcelId: 'p1', ...parcel });
      parcels = await opened.reopen();
      expect(await readOne()).toEqual({ parcelId: 'p1', ...parcel });
    });

    test('who comes second is told who has it, and changes nothing', async () => {
      await parcels.claim('job-1', 'p1', aParcel({ owner: 'one' }));
      const second = aParcel({ owner: 'two', leaseUntil: 9 });
      expect(await parcels.claim('job-1', 'p1', second)).toEqual({ kind: 'taken', owner: 'one' });
      expect(await readOne()).toEqual({ parcelId: 'p1', ...aParcel({ owner: 'one' }) });
    });

    test('of many who claim a parcel at the same time one gets it, and all know who', async () => {
      const owners = Array.from({ length: 8 }, (_, at) => `executor-${at}`);
      const verdicts = await Promise.all(owners.map((owner) => parcels.claim('job-1', 'p1', aParcel({ owner }))));
      const winners = owners.filter((_, at) => verdicts[at]?.kind === 'claimed');
      expect(winners).toHaveLength(1);
      const taken = verdicts.filter(({ kind }) => kind === 'taken');
      expect(taken).toEqual(Array(7).fill({ kind: 'taken', owner: winners[0] }));
      expect((await readOne())?.owner).toBe(winners[0]);
    });

    test('who asks again for what it has gets the same answer, and loses nothing of it', async () => {
      await parcels.claim('job-1', 'p1', aParcel());
      await parcels.put('job-1', 'p1', aParcel({ events: [done(0, 'kept')] }));
      expect(await parcels.claim('job-1', 'p1', aParcel())).toEqual({ kind: 'claimed' });
      expect((await readOne())?.events).toEqual([done(0, 'kept')]);
    });

    test('what is put replaces what was there, and is read at once', async () => {
      await parcels.claim('job-1', 'p1', aParcel());
      for (let at = 1; at <= 5; at++) {
        const parcel = aParcel({
          leaseUntil: 50_000.5 + at,
          events: Array.from({ length: at }, (_, of) => done(of, of)),
        });
        await parcels.put('job-1', 'p1', parcel);
        expect(await readOne()).toEqual({ parcelId: 'p1', ...parcel });
      }
    });

    test('of puts that are under way at once the one asked for last stays', async () => {
      await parcels.claim('job-1', 'p1', aParcel());
      const many = Array.from({ length: 6 }, (_, at) => aParcel({ leaseUntil: at }));
      await Promise.all(many.map((parcel) => parcels.put('job-1', 'p1', parcel)));
      expect((await readOne())?.leaseUntil).toBe(5);
    });

    test('its owner puts more into it after a restart', async () => {
      await parcels.claim('job-1', 'p1', aParcel());
      parcels = await opened.reopen();
      await parcels.put('job-1', 'p1', aParcel({ events: [done(3, 3)] }));
      expect((await readOne())?.events).toEqual([done(3, 3)]);
    });

    test('those asked for are read and no others, each once, and unclaimed ones are left out', async () => {
      for (const id of ['p1', 'p2', 'p3']) await parcels.claim('job-1', id, aParcel({ owner: `owner of ${id}` }));
      await parcels.claim('job-2', 'p4', aParcel());
      const found = await parcels.read('job-1', ['p3', 'p4', 'p1', 'nobody', 'p3']);
      expect(found.map(({ parcelId, owner }) => [parcelId, owner]).toSorted()).toEqual([
        ['p1', 'owner of p1'],
        ['p3', 'owner of p3'],
      ]);
      expect(await parcels.read('job-1', [])).toEqual([]);
      expect(await parcels.read('unknown', ['p1'])).toEqual([]);
    });

    test('parcels of the same name in two jobs are two parcels', async () => {
      await parcels.claim('job-1', 'p1', aParcel({ owner: 'one' }));
      expect(await parcels.claim('job-2', 'p1', aParcel({ owner: 'two' }))).toEqual({ kind: 'claimed' });
      expect([(await readOne('p1', 'job-1'))?.owner, (await readOne('p1', 'job-2'))?.owner]).toEqual(['one', 'two']);
    });

    test.each([
      ['9 kB', 100, 9_000],
      ['400 kB, more than fit into one commit', 20, 400_000],
      ['1 MiB', 4, 1024 * 1024 - 2],
    ])('results of %s come back whole', async (_, count, chars) => {
      const result = (at: number) => String(at % 10).repeat(chars);
      const events = Array.from({ length: count }, (_, at) => done(at, result(at)));
      await parcels.claim('job-1', 'p1', aParcel());
      await parcels.put('job-1', 'p1', aParcel({ events }));
      parcels = await opened.reopen();
      expect((await readOne())?.events).toEqual(events);
    });
  });
}

function aParcel(parts: Partial<Parcel> = {}): Parcel {
  const claims = [
    { node: 0, attempt: 1 },
    { node: 1, attempt: 2 },
  ];
  return { owner: 'executor-1', claimedAt: 1_000.125, leaseUntil: 31_000.5, claims, events: [], ...parts };
}

type Event = Parcel['events'][number];
type Result = Extract<Event, { kind: 'succeeded' }>['result'];

const done = (node: number, result: Result): Event => ({
  kind: 'succeeded',
  node,
  attempt: 1,
  at: 2_000.25 + node,
  result,
  resultBytes: 5,
});

const failed = (node: number): Event => ({
  kind: 'failed',
  node,
  attempt: 2,
  at: 2_000.5,
  failure: { code: 'oops', message: 'it broke' },
  chance: 0.25,
});
