import { afterEach, expect, test } from '@jest/globals';
import { describeCloud } from '../support/emulators.ts';
import { judgeAll, readAll, untilAllEnded } from './read-all.ts';
import { fanOut } from './shapes.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

describeCloud('a wide job', () => {
  let bench: Workbench;
  afterEach(() => bench?.close());

  test('a fan-out of 1,000 on four instances: its document is written a handful of times, and no node is called twice', async () => {
    bench = await openWorkbench({ instances: { 'execute-nodes': 4 }, env: { BREAKWATER_LEASE: '30s' } });
    const jobId = await bench.api.submit(fanOut(1_000, 20).spec, 'wide');
    await untilAllEnded(bench, 60_000);
    expect(await judgeAll(bench)).toEqual([]);
    const [{ job } = { job: undefined }] = await readAll(bench);
    expect(job).toMatchObject({ id: jobId, header: { state: 'completed' } });
    expect(job!.header.version).toBeLessThanOrEqual(25);
    const called = bench.entries().filter(({ kind }) => kind === 'called');
    expect(called).toHaveLength(1_002);
    expect(new Set(called.map(({ nodeId }) => nodeId)).size).toBe(1_002);
    expect(new Set(called.map(({ pid }) => pid)).size).toBeGreaterThan(1);
  }, 90_000);
});
