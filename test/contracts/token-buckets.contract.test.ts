import { describe, expect, test } from '@jest/globals';
import { createMemoryTokenBuckets } from '../../shared/adapters/memory/token-buckets.ts';
import { handClock } from '../support/hand-clock.ts';
import { describeTokenBuckets } from './token-buckets.suite.ts';

describeTokenBuckets('token buckets in memory', () => {
  const clock = handClock();
  const buckets = createMemoryTokenBuckets(clock);
  let names = 0;
  return {
    buckets,
    other: buckets,
    name: () => `bucket ${names++}`,
    now: clock.now,
    wait: (ms) => clock.advance(ms),
    close() {},
  };
});

describe('token buckets in memory', () => {
  test('begin as if emptied when the store began, and a name that made room for others comes back without a burst', async () => {
    const clock = handClock();
    const buckets = createMemoryTokenBuckets(clock);
    const take = async (bucket: string) =>
      (await buckets.take([{ bucket, perSecond: 10, burst: 100, tokens: 1_000 }]))[0]!.granted;
    expect(await take('first')).toBe(0);
    await clock.advance(2_000);
    expect(await take('second')).toBe(20);
    for (let name = 0; name < 10_000; name++) await take(`other ${name}`);
    await clock.advance(100);
    expect(await take('second')).toBe(1);
  });
});
