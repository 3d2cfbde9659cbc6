import { afterAll, describe, expect, test } from '@jest/globals';
import type { TokenBuckets } from '../../shared/ports/index.ts';

/** A store in the hand. `wait` lets its clock go on by at least so much, and tells by how much at most it did. */
export interface HeldBuckets {
  readonly buckets: TokenBuckets;
  /** Of another instance, on the same store. */
  readonly other: TokenBuckets;
  /** A name that no test had before. */
  name(): string;
  now(): number;
  wait(ms: number): Promise<void>;
  close(): Promise<void> | void;
}

export function describeTokenBuckets(of: string, open: () => HeldBuckets): void {
  describe(of, () => {
    const { buckets, other, name, now, wait, close } = open();
    afterAll(() => close());
    const take = async (bucket: string, perSecond: number, burst: number, tokens: number, from = buckets) =>
      (await from.take([{ bucket, perSecond, burst, tokens }]))[0]!;

    /** The bucket begins with what came in since the store did, so it is emptied first. */
    async function emptied(perSecond: number, burst: number): Promise<string> {
      const bucket = name();
      await take(bucket, perSecond, burst, 1e6);
      return bucket;
    }

    test('gives what has come in and no more, and says after how long the next token is there', async () => {
      const bucket = await emptied(20, 10);
      const empty = await take(bucket, 20, 10, 1);
      expect(empty.granted).toBe(0);
      expect(empty.retryInMs).toBeGreaterThan(0);
      expect(empty.retryInMs).toBeLessThanOrEqual(50);
      await wait(empty.retryInMs);
      expect(await take(bucket, 20, 10, 1)).toEqual({ granted: 1, retryInMs: 0 });
      await wait(1_000);
      const rest = await take(bucket, 20, 10, 100);
      expect(rest.granted).toBe(10);
      expect(rest.retryInMs).toBeGreaterThan(0);
    });

    test('is one bucket for all instances', async () => {
      const bucket = await emptied(10, 10);
      await wait(500);
      const all = await Promise.all([
        take(bucket, 10, 10, 4),
        take(bucket, 10, 10, 4, other),
        take(bucket, 10, 10, 4),
        take(bucket, 10, 10, 4, other),
      ]);
      const sum = all.reduce((tokens, { granted }) => tokens + granted, 0);
      expect(sum).toBeGreaterThanOrEqual(5);
      expect(sum).toBeLessThanOrEqual(10);
    });

    test('over any span of t seconds gives at most burst + perSecond × t, whoever asks', async () => {
      const [perSecond, burst] = [200, 20];
      const bucket = await emptied(perSecond, burst);
      const given: { from: number; to: number; tokens: number }[] = [];
      for (let round = 0; round < 40; round++) {
        const from = now();
        const answers = await Promise.all([
          take(bucket, perSecond, burst, 1 + (round % 7)),
          take(bucket, perSecond, burst, 3, other),
        ]);
        given.push({ from, to: now(), tokens: answers.reduce((sum, { granted }) => sum + granted, 0) });
        await wait(round % 10 === 9 ? 150 : 5);
      }
      expect(given.reduce((sum, { tokens }) => sum + tokens, 0)).toBeGreaterThan(60);
      for (const [first, { from }] of given.entries())
        for (let last = first, sum = 0; last < given.length; last++) {
          sum += given[last]!.tokens;
          expect(sum).toBeLessThanOrEqual(burst + (perSecond * (given[last]!.to - from)) / 1_000 + 1e-6);
        }
    });

    test('answers several wishes in their order', async () => {
      const empty = await emptied(0.001, 5);
      const full = await emptied(1_000, 50);
      await wait(20);
      const answers = await buckets.take([
        { bucket: empty, perSecond: 0.001, burst: 5, tokens: 2 },
        { bucket: full, perSecond: 1_000, burst: 50, tokens: 2 },
      ]);
      expect(answers.map(({ granted }) => granted)).toEqual([0, 2]);
    });

    test('holds a rate of one in a thousand seconds and one of a million a second', async () => {
      const slow = await emptied(0.001, 1);
      const told = await take(slow, 0.001, 1, 1);
      expect(told.granted).toBe(0);
      // A store that has run for a while has let a part of the token come in.
      expect(told.retryInMs).toBeLessThanOrEqual(1_000_000);
      await wait(50);
      const later = await take(slow, 0.001, 1, 1);
      expect(told.retryInMs - later.retryInMs).toBeGreaterThan(40);
      expect(told.retryInMs - later.retryInMs).toBeLessThan(5_000);
      const fast = await emptied(1_000_000, 1_000);
      await wait(2);
      expect((await take(fast, 1_000_000, 1_000, 5_000)).granted).toBe(1_000);
    });
  });
}
