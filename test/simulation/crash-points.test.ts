import { describe, expect, test } from '@jest/globals';
import { type CrashPoint, crashPointsOf, nodeTypes, runCrashPoint } from './crash-points.ts';

describe('J8: a job ends as it must, whatever single step of it goes wrong', () => {
  test.each(nodeTypes)(
    'for a %s node: every store and queue call, each way it can go wrong',
    async (type) => {
      const points = await crashPointsOf(type);
      const failures: string[] = [];
      for (const point of points) failures.push(...(await failuresAt(point)));
      expect(failures).toEqual([]);
      expect(points.length).toBeGreaterThan(50);
    },
    60_000,
  );
});

async function failuresAt(point: CrashPoint): Promise<string[]> {
  const { failures, states } = await runCrashPoint(point);
  const unfinished = states.filter((state) => state !== 'completed').map((state) => `a job is ${state}`);
  return [...failures, ...unfinished].map(
    (failure) => `${point.kind} at ${point.call}, place ${point.place}: ${failure}`,
  );
}
