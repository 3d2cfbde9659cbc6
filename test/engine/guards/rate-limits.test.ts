import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createMemoryTokenBuckets } from '../../../shared/adapters/memory/token-buckets.ts';
import { CodedError } from '../../../shared/core/error.ts';
import { seededRandom } from '../../../shared/core/random.ts';
import type { GuardEvent } from '../../../shared/engine/guards/guard-events.ts';
import type { RateLimit } from '../../../shared/engine/guards/rate-limit.ts';
import { createRateLimits } from '../../../shared/engine/guards/rate-limits.ts';
import { createTimers } from '../../../shared/engine/guards/timers.ts';
import type { TokenBuckets, TokenWish } from '../../../shared/ports/index.ts';
import { handClock } from '../../support/hand-clock.ts';

interface Wishes {
  readonly instances: number;
  readonly tripMs?: number;
  readonly perSecond: number;
  readonly burst?: number;
}

/** Instances that share a store of tokens, each trip to which takes so long. The store has been there for a while. */
async function aFleet({ instances, tripMs = 2, ...spec }: Wishes) {
  const clock = handClock();
  const store = createMemoryTokenBuckets(clock);
  const trips: TokenWish[][] = [];
  const world = { isAway: false, hangs: false };
  const buckets: TokenBuckets = {
    async take(wishes) {
      trips.push([...wishes]);
      await clock.sleep(tripMs / 2);
      if (world.hangs) await clock.sleep(900);
      if (world.isAway || world.hangs) throw new CodedError('redis_unavailable', 'Redis is away');
      const answers = await store.take(wishes);
      await clock.sleep(tripMs / 2);
      return answers;
    },
  };
  const events: GuardEvent[] = [];
  await clock.advance(60_000);
  const limits = Array.from({ length: instances }, () =>
    createRateLimits({
      clock,
      timers: createTimers(clock),
      buckets,
      instances: () => instances,
      tell: (event) => void events.push(event),
    }).limit('pay', spec),
  );
  return { clock, limits, trips, world, events };
}

/** Whether it may go, once that is known. */
const goes = async (limit: RateLimit, now: number): Promise<boolean> => (await limit.take(now)) === undefined;

/** Of all spans: calls that were sent, less those that had come in by the rate. */
function worstSum(sent: readonly number[], perSecond: number): number {
  let least = Infinity;
  let worst = 0;
  for (const [place, at] of sent.entries()) {
    const ahead = place - (perSecond * at) / 1_000;
    least = Math.min(least, ahead);
    worst = Math.max(worst, ahead - least + 1);
  }
  return worst;
}

describe('a rate limit of a fleet', () => {
  test('lets calls through at its rate and burst, and refuses the rest with the time to come back', async () => {
    const { clock, limits } = await aFleet({ instances: 1, perSecond: 100, burst: 50 });
    const all = Array.from({ length: 80 }, () => goes(limits[0]!, clock.now()));
    await clock.advance(10);
    const went = (await Promise.all(all)).filter(Boolean).length;
    expect(went).toBeGreaterThanOrEqual(25);
    expect(went).toBeLessThanOrEqual(50);
    const refusal = await limits[0]!.take(clock.now());
    expect(refusal).toMatchObject({
      kind: 'refused',
      because: 'rateLimited',
      name: 'pay',
      message: 'rate limit `pay`: 100 calls a second (burst 50) are used up',
    });
    expect(refusal!.retryAt).toBeGreaterThan(clock.now());
    const later = await limits[0]!.take(clock.now());
    expect(later!.retryAt).toBeGreaterThan(refusal!.retryAt!);
    expect(later!.retryAt).toBeLessThan(clock.now() + 2_000);
  });

  test('makes few trips on the healthy path, and keeps hardly a call waiting', async () => {
    const { clock, limits, trips } = await aFleet({ instances: 4, perSecond: 4_000 });
    let waited = 0;
    let refused = 0;
    for (let call = 0; call < 8_000; call++) {
      const answer = limits[call % 4]!.take(clock.now());
      if (answer && 'then' in answer) waited++;
      else if (answer) refused++;
      if (call % 4 === 3) await clock.advance(2);
    }
    expect(refused).toBe(0);
    expect(waited).toBeLessThan(8_000 / 50);
    expect(trips.length).toBeLessThan(8_000 / 20);
  }, 20_000);

  test('what is asked for in one turn goes out in one request', async () => {
    const { clock, trips, limits } = await aFleet({ instances: 1, perSecond: 100 });
    const all = Array.from({ length: 20 }, () => goes(limits[0]!, clock.now()));
    await clock.advance(10);
    expect(await Promise.all(all)).toEqual(Array(20).fill(true));
    expect(trips.length).toBeLessThanOrEqual(2);
  });

  test('tokens that were taken ahead are void after a while, and do not pile up', async () => {
    const { clock, limits, trips } = await aFleet({ instances: 1, perSecond: 1_000 });
    for (let call = 0; call < 400; call++) {
      void limits[0]!.take(clock.now());
      await clock.advance(1);
    }
    const before = trips.length;
    await clock.advance(60_000);
    expect(trips.length).toBe(before);
    const answer = limits[0]!.take(clock.now());
    expect(answer).toBeInstanceOf(Promise);
    await clock.advance(10);
    expect(await answer).toBeUndefined();
  });

  test('a refused fleet does not storm the store', async () => {
    const { clock, limits, trips } = await aFleet({ instances: 8, perSecond: 100 });
    for (let ms = 0; ms < 2_000; ms++) {
      for (const limit of limits) for (let call = 0; call < 5; call++) void limit.take(clock.now());
      await clock.advance(1);
    }
    // 80,000 calls were asked for, of which 300 or so may go.
    expect(trips.length).toBeLessThan(1_000);
  }, 20_000);

  test('over any span of t seconds the whole fleet sends at most burst + perSecond × t, and uses most of that', async () => {
    const worlds = fc.record({
      seed: fc.nat(),
      instances: fc.integer({ min: 1, max: 6 }),
      perSecond: fc.integer({ min: 5, max: 2_000 }),
      seconds: fc.integer({ min: 1, max: 3 }),
      burstShare: fc.double({ min: 0.05, max: 2, noNaN: true }),
      tripMs: fc.integer({ min: 0, max: 30 }),
      load: fc.double({ min: 0.3, max: 4, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(worlds, async ({ seed, instances, perSecond, seconds, burstShare, tripMs, load }) => {
        const burst = Math.max(1, perSecond * burstShare);
        const { clock, limits } = await aFleet({ instances, tripMs, perSecond, burst });
        const random = seededRandom(seed);
        const sent: number[] = [];
        const since = clock.now();
        for (let ms = 0; ms < seconds * 1_000; ms += 4) {
          for (const limit of limits)
            for (let calls = (perSecond * load * 0.004) / instances; random.next() < calls; calls--) {
              const answer = limit.take(clock.now());
              if (answer === undefined) sent.push(clock.now());
              else if ('then' in answer) void answer.then((refusal) => refusal ?? sent.push(clock.now()));
            }
          await clock.advance(4);
        }
        await clock.advance(100);
        // Who waited for its token sends when it arrives, so that it may be late by the way back.
        expect(worstSum(sent, perSecond)).toBeLessThanOrEqual(burst + (perSecond * (tripMs + 1)) / 1_000 + 1e-6);
        const wanted = Math.min(load, 1) * perSecond * ((clock.now() - since) / 1_000);
        if (burstShare > 0.3 && tripMs < 10 && perSecond > 50) expect(sent.length).toBeGreaterThan(0.5 * wanted);
      }),
      { numRuns: 25, endOnFailure: true },
    );
  }, 60_000);

  test('tokens that all instances hold ahead do not come on top of the burst', async () => {
    const { clock, limits } = await aFleet({ instances: 10, perSecond: 1_000, burst: 200 });
    const sent: number[] = [];
    const call = (limit: RateLimit) => void goes(limit, clock.now()).then((may) => may && sent.push(clock.now()));
    for (let round = 0; round < 20; round++) {
      for (const limit of limits) for (let calls = 0; calls < 6; calls++) call(limit);
      await clock.advance(90);
    }
    // All at once, while each of them still holds what it took for the next moment.
    for (const limit of limits) for (let calls = 0; calls < 100; calls++) call(limit);
    await clock.advance(10);
    expect(worstSum(sent, 1_000)).toBeGreaterThan(150);
    expect(worstSum(sent, 1_000)).toBeLessThanOrEqual(200 + 3 + 1e-6);
  });

  test('rejections are told once a second, with their number', async () => {
    const { clock, limits, events } = await aFleet({ instances: 1, perSecond: 1, burst: 1 });
    for (let ms = 0; ms < 2_500; ms += 10) {
      void limits[0]!.take(clock.now());
      await clock.advance(10);
    }
    const told = events.filter((event) => event.kind === 'rejection');
    expect(told.length).toBeGreaterThanOrEqual(2);
    expect(told.length).toBeLessThanOrEqual(3);
    expect(told[0]).toMatchObject({ guard: 'rate_limit', name: 'pay', count: 1 });
    expect(told[1]!.count).toBeGreaterThan(50);
  });
});

describe('a rate limit without its store', () => {
  test('lets through this instance’s share of the rate, says so, and comes back by itself', async () => {
    const { clock, limits, world } = await aFleet({ instances: 4, perSecond: 400, burst: 40 });
    const run = async (ms: number): Promise<number> => {
      let went = 0;
      const count = (may: boolean) => {
        went += Number(may);
      };
      for (let at = 0; at < ms; at += 5) {
        for (const limit of limits) for (let call = 0; call < 4; call++) void goes(limit, clock.now()).then(count);
        await clock.advance(5);
      }
      return went;
    };
    expect(limits[0]!.view()).toMatchObject({ mode: 'shared' });
    await run(1_000);
    world.isAway = true;
    await run(500);
    expect(limits[0]!.view()).toMatchObject({ mode: 'local', share: { perSecond: 100, burst: 10 } });
    const went = await run(4_000);
    expect(went).toBeGreaterThan(1_500);
    expect(went).toBeLessThanOrEqual(1_600 + 40 + 4);
    world.isAway = false;
    await run(1_500);
    expect(limits.map((limit) => limit.view().mode)).toEqual(Array(4).fill('shared'));
    expect(await run(2_000)).toBeLessThanOrEqual(800 + 40 + 4);
  });

  test('no call waits longer than 50 ms for a store that does not answer', async () => {
    const { clock, limits, world } = await aFleet({ instances: 1, perSecond: 100 });
    world.hangs = true;
    const since = clock.now();
    let answeredAt = 0;
    void goes(limits[0]!, since).then(() => {
      answeredAt = clock.now();
    });
    await clock.advance(100);
    expect(answeredAt - since).toBeGreaterThanOrEqual(50);
    expect(answeredAt - since).toBeLessThanOrEqual(52);
    // And the next ones do not wait at all.
    expect(limits[0]!.take(clock.now())).not.toBeInstanceOf(Promise);
  });

  test('where there never was one, this process is the fleet and begins with its burst', async () => {
    const clock = handClock();
    const limit = createRateLimits({ clock, timers: createTimers(clock) }).limit('alone', { perSecond: 10, burst: 3 });
    const take = () => limit.take(clock.now()) === undefined;
    expect([take(), take(), take(), take()]).toEqual([true, true, true, false]);
    await clock.advance(100);
    expect([take(), take()]).toEqual([true, false]);
  });
});
