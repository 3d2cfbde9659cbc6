import { expect, test } from '@jest/globals';
import { holdAndRing } from '../../../shared/wiring/doors/ring-alarms.ts';
import { handClock } from '../../support/hand-clock.ts';

/** Rings are told with the time at which they came; a look takes as long as `lookMs` says. */
function aBell(lookMs: (jobId: string) => number = () => 0) {
  const clock = handClock(1_000);
  const rings: string[] = [];
  const checkJobs = async (jobIds: readonly string[]) => {
    rings.push(`${clock.now()} ${jobIds.join(' ')}`);
    await clock.sleep(lookMs(jobIds[0]!));
    if (jobIds[0]!.startsWith('broken')) throw new Error(`${jobIds[0]} could not be looked at`);
  };
  const hold = (until: number, ...alarms: readonly [string, number][]) =>
    holdAndRing(
      alarms.map(([jobId, at]) => ({ jobId, at })),
      until,
      clock,
      { checkJobs },
    );
  return { clock, rings, hold };
}

test('each alarm rings when it is due and not before, in the order of their times', async () => {
  const { clock, rings, hold } = aBell();
  const held = hold(60_000, ['late', 9_000], ['soon', 2_000], ['past', 10]);
  await clock.advance(7_999);
  expect(rings).toEqual(['1000 past', '2000 soon']);
  await clock.advance(1);
  await held;
  expect(rings.at(-1)).toBe('9000 late');
});

test('alarms that are 5 ms apart at most ring together, at the last of them; a job rings once', async () => {
  const { clock, rings, hold } = aBell();
  const held = hold(60_000, ['a', 2_000], ['b', 2_005], ['a', 2_003], ['c', 2_006]);
  await clock.advance(10_000);
  await held;
  expect(rings).toEqual(['2005 a b', '2006 c']);
});

test('a look that takes long makes no other alarm late', async () => {
  const { clock, rings, hold } = aBell((jobId) => (jobId === 'slow' ? 5_000 : 0));
  const held = hold(60_000, ['slow', 2_000], ['next', 3_000]);
  await clock.advance(10_000);
  await held;
  expect(rings).toEqual(['2000 slow', '3000 next']);
});

test('what is due at the end of the request still rings, what is due later is left to the tick', async () => {
  const { clock, rings, hold } = aBell();
  const held = hold(5_000, ['last', 5_000], ['later', 5_001]);
  await clock.advance(4_000);
  await held;
  expect(rings).toEqual(['5000 last']);
  expect(clock.sleepers).toBe(0);
});

test('one that could not be looked at is told once all have rung and been looked at', async () => {
  const { clock, rings, hold } = aBell((jobId) => (jobId === 'slow' ? 5_000 : 0));
  let told: number | undefined;
  const held = hold(60_000, ['broken', 2_000], ['slow', 3_000]).catch((error: unknown) => {
    told = clock.now();
    throw error;
  });
  held.catch(() => {});
  await clock.advance(20_000);
  await expect(held).rejects.toThrow('broken could not be looked at');
  expect([rings, told]).toEqual([['2000 broken', '3000 slow'], 8_000]);
});
