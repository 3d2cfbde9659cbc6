import { expect, test } from '@jest/globals';
import { describeCloud } from '../support/emulators.ts';
import { endLawfully, endsOf, submitAll } from './lawful-end.ts';
import { fanOut } from './shapes.ts';
import { openWorkbench } from './workbench.ts';

describeCloud('a wide job', () => {
  test.each([1_000, 10_000])(
    'a fan-out of %i on four instances: its document is written a handful of times, and no node is called twice',
    async (width) => {
      await using bench = await openWorkbench({ instances: { 'execute-nodes': 4 }, env: { BREAKWATER_LEASE: '30s' } });
      const ends = await submitAll(bench, [fanOut(width, 20)]);
      const stored = await endLawfully(bench, 120_000);
      expect(endsOf(stored)).toEqual(ends);
      expect(stored[0]!.job.header.version).toBeLessThanOrEqual(25);
      const called = bench.entries().filter(({ kind }) => kind === 'called');
      expect(called).toHaveLength(width + 2);
      expect(new Set(called.map(({ nodeId }) => nodeId)).size).toBe(width + 2);
      expect(new Set(called.map(({ pid }) => pid)).size).toBeGreaterThan(1);
    },
    180_000,
  );
});
