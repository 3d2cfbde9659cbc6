import { describe, expect, test } from '@jest/globals';
import { verifyStoredAudit } from '../../shared/engine/verify-audit.ts';
import type { AuditLine } from '../../shared/jobs/index.ts';
import { aSealedAudit } from '../support/a-sealed-audit.ts';
import { aFleet, wideJob } from './a-fleet.ts';

const noRest = async (): Promise<void> => {};

describe('the stored audit of a job', () => {
  test('is read in pages, with a rest between them, to its last line', async () => {
    const { job, lines } = aSealedAudit('engine-1', 1_100);
    const asked: [number, number][] = [];
    let rests = 0;
    const store = aStore(() => job, lines, asked);
    const rest = async (): Promise<void> => void rests++;
    expect(await verifyStoredAudit(store, rest, 'job-1')).toMatchObject({ kind: 'whole', lines: lines.length });
    expect(lines.length).toBeGreaterThan(2_000);
    expect(Math.max(...asked.map(([, limit]) => limit))).toBe(1_000);
    expect(rests).toBe(Math.ceil(lines.length / 1_000));
  });

  test('is judged as of the moment at which its header was read, when the job goes on meanwhile', async () => {
    const early = aSealedAudit('engine-1', 2).commits[1]!.after;
    const audit = aSealedAudit('engine-1', 2);
    let reads = 0;
    const store = aStore(() => (reads++ === 0 ? early : audit.job), audit.lines);
    expect(await verifyStoredAudit(store, noRest, 'job-1')).toMatchObject({
      kind: 'whole',
      lines: early.header.auditCount,
    });
  });

  test('is broken where a line stands behind the last one that the job has told', async () => {
    const { job, lines } = aSealedAudit();
    const stray = { ...lines[0]!, seq: lines.length + 1 };
    const store = aStore(() => job, [...lines, stray]);
    const at = lines.length + 1;
    expect(await verifyStoredAudit(store, noRest, 'job-1')).toEqual({
      kind: 'broken',
      at,
      from: at,
      because: 'behindEnd',
    });
  });

  test('is broken where its lines end before the job says', async () => {
    const { job, lines } = aSealedAudit();
    const store = aStore(() => job, lines.slice(0, 5));
    expect(await verifyStoredAudit(store, noRest, 'job-1')).toMatchObject({ at: 6, because: 'endMissing' });
  });

  test('must have the seal that was kept', async () => {
    const { job, lines } = aSealedAudit();
    const store = aStore(() => job, lines);
    const kept = lines.find(({ seal }) => seal !== undefined)!.seal!;
    expect(await verifyStoredAudit(store, noRest, 'job-1', kept)).toMatchObject({ kind: 'whole' });
    expect(await verifyStoredAudit(store, noRest, 'job-1', 'x'.repeat(22))).toMatchObject({
      because: 'keptSealUnknown',
    });
  });

  test('of an unknown job is undefined', async () => {
    expect(
      await verifyStoredAudit(
        aStore(() => undefined, []),
        noRest,
        'nobody',
      ),
    ).toBeUndefined();
  });

  test('of a job in parcels is whole at every moment, also while engines know more of it than is stored', async () => {
    const fleet = aFleet({
      engines: 2,
      options: { nodesPerParcel: 4, nodesPerVisit: 4 },
      handlers: { work: () => fleet.clock.sleep(300) },
    });
    const jobId = await fleet.submit(wideJob(20));
    const [one, other] = fleet.engines;
    let looks = 0;
    let aheads = 0;
    for (let messages = fleet.takeMessages(); messages.length > 0; messages = fleet.takeMessages()) {
      const until = fleet.clock.now() + 60_000;
      const done = Promise.all(
        messages.map((each, place) => (place % 2 === 0 ? one! : other!).invocations.runNodes(each, until)),
      );
      let isOver = false;
      void done.then(() => {
        isOver = true;
      });
      while (!isOver) {
        await fleet.clock.advance(50);
        const stored = (await fleet.store.load(jobId))!;
        const seen = (await fleet.within(1_000, other!.get(jobId)))!;
        if (seen.header.auditCount > stored.header.auditCount) aheads++;
        expect(await verifyStoredAudit(fleet.store, noRest, jobId)).toMatchObject({ kind: 'whole', unsealedUntil: 0 });
        looks++;
      }
    }
    expect((await fleet.store.load(jobId))!.header.state).toBe('completed');
    expect(looks).toBeGreaterThan(5);
    expect(aheads).toBeGreaterThan(0);
  }, 20_000);
});

type Stored = Parameters<typeof verifyStoredAudit>[0];

function aStore(
  job: () => ReturnType<typeof aSealedAudit>['job'] | undefined,
  lines: readonly AuditLine[],
  asked: [number, number][] = [],
): Stored {
  return {
    load: async () => job(),
    async readAudit(_, after, limit) {
      asked.push([after, limit]);
      return lines.filter(({ seq }) => seq > after).slice(0, limit);
    },
  };
}
