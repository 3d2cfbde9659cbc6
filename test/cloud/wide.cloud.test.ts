import { expect, test } from '@jest/globals';
import { describeCloud } from '../support/emulators.ts';
import { endLawfully, endsOf, submitAll } from './lawful-end.ts';
import { fanOut } from './shapes.ts';
import { openWorkbench } from './workbench.ts';

describeCloud('a wide job', () => {
  test('a fan-out of 1,000 on four instances: its document is written a handful of times, and no node is called twice', async () => {
    await using bench = await openWorkbench({ instances: { 'execute-nodes': 4 }, env: { BREAKWATER_LEASE: '30s' } });
    const ends = await submitAll(bench, [fanOut(1_000, 20)]);
    const stored = await endLawfully(bench, 60_000);
    expect(endsOf(stored)).toEqual(ends);
    expect(stored[0]!.job.header.version).toBeLessThanOrEqual(25);
    const called = bench.entries().filter(({ kind }) => kind === 'called');
    expect(called).toHaveLength(1_002);
    expect(new Set(called.map(({ nodeId }) => nodeId)).size).toBe(1_002);
    expect(new Set(called.map(({ pid }) => pid)).size).toBeGreaterThan(1);
  }, 90_000);
});
