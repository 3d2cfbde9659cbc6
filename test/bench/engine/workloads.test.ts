import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { measure as measureChains } from './workloads/chains.ts';
import { inFlight } from './workloads/clients.ts';
import { measure as measureFan } from './workloads/fan.ts';
import { measure as measureOneAtATime } from './workloads/one-at-a-time.ts';
import { chainOf, fanOf } from './workloads/shapes.ts';

const parent = mkdtempSync(join(tmpdir(), 'breakwater-workloads-'));
const freshDir = () => mkdtempSync(join(parent, 'store-'));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

describe('the shapes', () => {
  test('a chain goes one step at a time', () => {
    expect(chainOf(3).nodes.map(({ dependsOn }) => dependsOn)).toEqual([undefined, ['step-1'], ['step-2']]);
  });

  test('a fan joins all its nodes', () => {
    expect(fanOf(3).nodes.at(-1)!.dependsOn).toEqual(['part-1', 'part-2', 'part-3']);
  });
});

test('as many clients as were asked for have a job in flight, and each job is run once', async () => {
  let inside = 0;
  let most = 0;
  let done = 0;
  await inFlight(4, 10, async () => {
    most = Math.max(most, ++inside);
    await Promise.resolve();
    inside--;
    done++;
  });
  expect({ most, done }).toEqual({ most: 4, done: 10 });
});

describe('a small run', () => {
  test('of chains counts what the store wrote for each node', async () => {
    const given = { store: 'memory', dir: parent, jobs: 4, steps: 5, clients: 2, warmUpJobs: 1 } as const;
    const { stepsPerSecond, writesPerNode } = await measureChains(given);
    expect(stepsPerSecond).toBeGreaterThan(0);
    expect(writesPerNode).toBe(6 / 5);
  });

  test('of one job at a time takes turns with as many raw commits as the job made', async () => {
    const dirs = [freshDir(), freshDir()] as const;
    const { commitsPerJob, rowChars, rawMs } = await measureOneAtATime({
      dirs,
      jobs: 4,
      steps: 5,
      warmUpJobs: 1,
      turns: 2,
    });
    expect(commitsPerJob).toBe(6);
    expect(rowChars).toBeGreaterThan(500);
    expect(Math.min(rawMs.own, rawMs.store)).toBeGreaterThan(0);
  });

  test('of a fan measures each round by itself', async () => {
    const { ms, writesPerNode } = await measureFan({ dir: freshDir(), width: 20, rounds: 2 });
    expect(ms).toHaveLength(2);
    expect(writesPerNode).toBeGreaterThan(0);
  });
});
