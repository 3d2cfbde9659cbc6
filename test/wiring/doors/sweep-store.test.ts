import { afterEach, expect, test } from '@jest/globals';
import { createMemoryJobStore } from '../../../shared/adapters/memory/job-store.ts';
import { sweepStore } from '../../../shared/wiring/doors/sweep-store.ts';
import { aDoor, type HeldDoor } from '../../doors/a-door.ts';
import { denied, node, notesOf } from './pushed.ts';

let door: HeldDoor | undefined;
afterEach(() => door?.close());

async function aSweeper() {
  const broken = new Set<string>();
  const store = denied(createMemoryJobStore(), (jobId) => broken.has(jobId));
  door = await aDoor(sweepStore, { store });
  return { door, broken };
}

test('no job of those that are due could be looked at: the tick is asked for again, and the log says how many', async () => {
  const { door, broken } = await aSweeper();
  for (const id of ['a', 'b']) broken.add(await door.submit([node(id)]));
  await door.clock.advance(5_000);
  expect(await door.push({ kind: 'tick' })).toBe(503);
  expect(notesOf(door)).toMatchObject([
    { code: 'jobs_unchecked', message: '2 of 2 jobs could not be looked at; they stay due' },
    { code: 'push_failed', cause: 'sweep_failed' },
  ]);
});

test('one of several could not be looked at: the log says so, and the tick is done', async () => {
  const { door, broken } = await aSweeper();
  broken.add(await door.submit([node('a')]));
  const whole = await door.submit([node('b')]);
  await door.clock.advance(5_000);
  expect(await door.push({ kind: 'tick' })).toBe(204);
  expect(notesOf(door)).toMatchObject([
    { code: 'jobs_unchecked', message: '1 of 2 jobs could not be looked at; they stay due' },
  ]);
  expect(await door.states(whole)).toEqual(['completed', 'succeeded']);
});

test('nothing is due: the tick is done and the log has nothing to say', async () => {
  const { door } = await aSweeper();
  expect(await door.push({ kind: 'tick' })).toBe(204);
  expect([door.lines, door.sent]).toEqual([[], []]);
});
