import { expect, test } from '@jest/globals';
import { nodeAt } from '../../shared/jobs/index.ts';
import { describeCloud } from '../support/emulators.ts';
import { endLawfully, endsOf, submitAll } from './lawful-end.ts';
import { call, type Plan } from './shapes.ts';
import { openWorkbench, until } from './workbench.ts';

/** Of the workbench's leases of 2 s; the work is longer. */
const workMs = 5_000;

describeCloud('the lease decides who may work', () => {
  const retry = { strategy: 'fixed', delay: '100ms', jitter: 'none', maxAttempts: 3 };
  const works = (width: number): Plan => ({
    spec: {
      name: 'works',
      nodes: Array.from({ length: width }, (_, at) => call(`work${at}`, [], { ms: workMs }, { retry })),
    },
    ends: 'completed',
  });

  /** Cloud Run takes the CPU from an instance for as long as it likes. */
  test.concurrent.each([
    ['node', 1],
    ['parcel', 101],
  ])(
    'J2: an instance that slept through its lease of a %s is not listened to when it wakes up',
    async (_, width) => {
      await using bench = await openWorkbench({ instances: { 'execute-nodes': 2 } });
      const ends = await submitAll(bench, [works(width)]);
      const said = (kind: string, attempt: number) =>
        bench.entries().filter((entry) => entry.kind === kind && entry.attempt === attempt);
      await until('it is called', () => said('called', 1).length === width, 20_000);
      const { pid } = said('called', 1)[0]!;
      process.kill(pid, 'SIGSTOP');
      await until('another one is at it', () => said('called', 2).length > 0, 30_000);
      process.kill(pid, 'SIGCONT');
      const stored = await endLawfully(bench, 30_000);
      expect(endsOf(stored)).toEqual(ends);
      const slept = said('called', 1).filter((entry) => entry.pid === pid);
      const ended = stored[0]!.lines.filter(({ event }) => event === 'succeeded');
      const attempts = new Map(ended.map(({ node, attempt }) => [node, attempt]));
      expect(new Set(slept.map(({ nodeId }) => attempts.get(nodeId)))).toEqual(new Set([2]));
    },
    90_000,
  );

  test.concurrent('an instance that is told to end hands back what does not end in its grace, and another one goes on with it at once', async () => {
    const env = { BREAKWATER_LEASE: '30s', BREAKWATER_GRACE: '500ms' };
    await using bench = await openWorkbench({ instances: { 'execute-nodes': 2 }, env });
    const ends = await submitAll(bench, [works(1)]);
    await until('it is called', () => bench.entries().length > 0, 20_000);
    const { pid } = bench.entries()[0]!;
    process.kill(pid, 'SIGTERM');
    const stored = await endLawfully(bench, 25_000);
    expect(endsOf(stored)).toEqual(ends);
    const { job, lines } = stored[0]!;
    expect(nodeAt(job, 0)).toMatchObject({ attempt: 2, failures: 0, leaseLosses: 0 });
    const [back, again] = ['released', 'claimed'].map((event) => lines.findLast((line) => line.event === event)!.at);
    expect(again! - back!).toBeLessThan(3_000);
  }, 60_000);

  test.concurrent('work longer than a lease is done once, though its message comes again and again', async () => {
    await using bench = await openWorkbench({ instances: { 'execute-nodes': 2 } });
    const ends = await submitAll(bench, [works(1)]);
    await until('it is called', () => bench.entries().length > 0, 20_000);
    const [jobId] = ends.keys();
    const again = await Promise.all([1, 2, 3, 4].map(() => bench.pushNodes(jobId!)));
    expect(new Set(again)).toEqual(new Set([204]));
    expect(endsOf(await endLawfully(bench, 30_000))).toEqual(ends);
    expect(bench.entries().filter(({ kind }) => kind === 'called')).toHaveLength(1);
  }, 60_000);
});
