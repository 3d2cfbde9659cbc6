import { describe, expect, test } from '@jest/globals';
import type { NodeType } from '../../shared/jobs/index.ts';
import { type CrashPoint, crashPointsOf, type House, nodeTypes, runCrashPoint } from './crash-points.ts';

describe('J8: a job ends as it must, whatever single step of it goes wrong', () => {
  test.each(nodeTypes)(
    'for a %s node: every store and queue call, each way it can go wrong, with one engine and with two',
    async (type) => {
      const points = await passed('alone', type);
      expect([...points, ...(await passed('together', type))].length).toBeGreaterThan(50);
    },
    60_000,
  );

  test.each<[House, NodeType, string]>([
    ['withParcels', 'function', 'parcels.put'],
    ['withParcels', 'map', 'parcels.put'],
    ['oneInvoked', 'function', 'timers.set'],
    ['oneInvoked', 'delay', 'timers.set'],
    ['invokedWithParcels', 'function', 'parcels.put'],
    ['invokedWithParcels', 'pubsub', 'parcels.put'],
  ])(
    'with engines of the kind %s, for a %s node: every call, each way it can go wrong',
    async (house, type, among) => {
      const points = await passed(house, type);
      expect(points.map(({ call }) => call)).toContain(among);
    },
    60_000,
  );
});

async function passed(house: House, type: NodeType): Promise<CrashPoint[]> {
  const points = await crashPointsOf(house, type);
  const failures: string[] = [];
  for (const point of points) failures.push(...(await failuresAt(point)));
  expect(failures).toEqual([]);
  return points;
}

async function failuresAt(point: CrashPoint): Promise<string[]> {
  const { failures, states } = await runCrashPoint(point);
  const unfinished = states.filter((state) => state !== 'completed').map((state) => `a job is ${state}`);
  const { kind, call, place, house } = point;
  return [...failures, ...unfinished].map((failure) => `${kind} at ${call}, place ${place}, ${house}: ${failure}`);
}
