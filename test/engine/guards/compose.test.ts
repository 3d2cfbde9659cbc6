import { describe, expect, test } from '@jest/globals';
import { CodedError } from '../../../shared/core/error.ts';
import type { GuardedCall } from '../../../shared/engine/guards/call-under-way.ts';
import type { GuardOptions } from '../../../shared/engine/guards/guard-options.ts';
import { aGuardBench } from './a-guard-bench.ts';

const failing = (code: string) => async () => {
  throw new CodedError(code, 'not now');
};
/** Answers after so long, by the bench's clock; ends early when it is told to. */
const taking =
  ({ clock }: ReturnType<typeof aGuardBench>, ms: number, ended: string[] = []) =>
  async ({ signal }: GuardedCall) => {
    await clock.sleep(ms, signal);
    ended.push(signal.aborted ? 'aborted' : 'answered');
    return 'answer';
  };

/** What a promise came to, once the clock has been moved so far. */
async function cameTo(bench: ReturnType<typeof aGuardBench>, ms: number, work: Promise<unknown>): Promise<unknown> {
  let came: unknown = 'nothing yet';
  work.then(
    (value) => (came = value),
    (thrown) => (came = thrown),
  );
  await bench.clock.advance(ms);
  return came;
}

describe('a guard', () => {
  test('without any part makes the call, gives its value and throws on what it throws', async () => {
    const { guard } = aGuardBench();
    const bare = guard({});
    expect(await bare(() => 7)).toEqual({ kind: 'succeeded', value: 7 });
    await expect(bare(failing('busy'))).rejects.toMatchObject({ code: 'busy' });
    await expect(
      bare(() => {
        throw new CodedError('at_once', 'before any promise');
      }),
    ).rejects.toMatchObject({ code: 'at_once' });
  });

  test('ends a call that takes longer than `timeout`, whether it heeds its signal or not', async () => {
    const bench = aGuardBench();
    const ended: string[] = [];
    const guarded = bench.guard('slow', { timeout: 100 });
    const heedful = guarded(taking(bench, 5_000, ended));
    const deaf = guarded(() => new Promise(() => {}));
    expect(await cameTo(bench, 99, heedful)).toBe('nothing yet');
    expect(await cameTo(bench, 3, deaf)).toMatchObject({
      code: 'timeout',
      message: '`slow` has not answered within 100 ms',
    });
    await expect(heedful).rejects.toMatchObject({ code: 'timeout' });
    expect(ended).toEqual(['aborted']);
  });

  test('makes a signal only for a call that reads it, and then it tells all that happened before', async () => {
    const bench = aGuardBench();
    let late: AbortSignal | undefined;
    const guarded = bench.guard('slow', { timeout: 100 });
    const call = guarded(async (given) => {
      await bench.clock.sleep(200);
      late = given.signal;
    });
    expect(await cameTo(bench, 300, call)).toMatchObject({ code: 'timeout' });
    expect(late!.aborted).toBe(true);
    expect(late!.reason).toMatchObject({ code: 'timeout' });
  });

  test('a deadline that has passed is never sent: not before the guards, nor behind a queue or a pause', async () => {
    const bench = aGuardBench();
    const { clock, guard } = bench;
    let calls = 0;
    const count = async () => void calls++;
    const guarded = guard('pay', { deadline: 1_000, bulkhead: { limit: 1, queueMost: 10 } });
    expect(await guarded(count, { deadlineAt: clock.now() })).toMatchObject({ because: 'deadlinePassed' });
    const holding = expect(guarded(() => clock.sleep(5_000))).rejects.toMatchObject({ code: 'timeout' });
    const waiting = guarded(count);
    expect(await cameTo(bench, 2_000, waiting)).toMatchObject({ kind: 'refused', because: 'deadlinePassed' });
    await holding;
    expect(calls).toBe(0);
  });

  test('what was held up until the deadline passed is refused and not called, also right before the call', async () => {
    const bench = aGuardBench();
    let calls = 0;
    const held = bench.breakers.breaker('held');
    const slowBreaker = {
      name: 'held',
      view: () => held.view(),
      async run<Value>(call: () => Promise<Value> | Value) {
        await bench.clock.sleep(500);
        return held.run(call);
      },
    };
    const guarded = bench.guard('pay', { deadline: 300, breaker: slowBreaker as unknown as typeof held });
    const answer = guarded(async () => void calls++);
    expect(await cameTo(bench, 600, answer)).toMatchObject({ kind: 'refused', because: 'deadlinePassed', name: 'pay' });
    expect(calls).toBe(0);
  });

  test('a timeout longer than what is left of the deadline gives way to it, and says nothing of the target', async () => {
    const bench = aGuardBench();
    const guarded = bench.guard('pay', { deadline: 50, timeout: 5_000, breaker: { failures: 1 } });
    const call = guarded(taking(bench, 9_000));
    expect(await cameTo(bench, 60, call)).toMatchObject({ code: 'deadline_passed' });
    expect(await guarded(() => 'well')).toEqual({ kind: 'succeeded', value: 'well' });
  });

  test('a call that the caller gives up is cut off, and one that was given up before is not made', async () => {
    const bench = aGuardBench();
    const ended: string[] = [];
    const given = new AbortController();
    const guarded = bench.guard('pay', { breaker: { failures: 1 }, fallback: { otherwise: 'else' } });
    const call = guarded(taking(bench, 9_000, ended), { signal: given.signal });
    await bench.clock.advance(10);
    given.abort(new CodedError('aborted', 'the page was closed'));
    await expect(call).rejects.toMatchObject({ message: 'the page was closed' });
    expect(await guarded(() => 1, { signal: given.signal })).toMatchObject({ kind: 'refused', because: 'cancelled' });
    expect(ended).toEqual(['aborted']);
    expect(await guarded(() => 1)).toEqual({ kind: 'succeeded', value: 1 });
  });

  test('its breaker refuses without a call once it is open, and each refusal is a value with a time', async () => {
    const bench = aGuardBench();
    const guarded = bench.guard('pay', { breaker: { failures: 2 } });
    for (let call = 0; call < 2; call++) await expect(guarded(failing('busy'))).rejects.toThrow('not now');
    const refusal = await guarded(() => 1);
    expect(refusal).toMatchObject({ kind: 'refused', because: 'breakerOpen', name: 'pay' });
    expect((refusal as { retryAt: number }).retryAt).toBeGreaterThan(bench.clock.now());
  });

  test('gives its permit back however the call ends', async () => {
    const bench = aGuardBench();
    const guarded = bench.guard('pay', { bulkhead: { limit: 1, queueMost: 0 }, breaker: { failures: 2 }, timeout: 50 });
    await expect(guarded(failing('busy'))).rejects.toThrow();
    const slow = guarded(() => new Promise(() => {}));
    expect(await guarded(() => 1)).toMatchObject({ because: 'bulkheadFull', name: 'pay' });
    expect(await cameTo(bench, 60, slow)).toMatchObject({ code: 'timeout' });
    expect(await guarded(() => 1)).toMatchObject({ because: 'breakerOpen' });
    expect(await guarded(() => 1)).toMatchObject({ because: 'breakerOpen' });
  });

  test('has one order, whatever the order of its options', async () => {
    const parts: GuardOptions = {
      deadline: 1_000,
      rateLimit: { perSecond: 1, burst: 1 },
      bulkhead: { limit: 1, queueMost: 0 },
      breaker: { failures: 1 },
      timeout: 100,
    };
    const told: unknown[] = [];
    for (const keys of [Object.keys(parts), Object.keys(parts).reverse()]) {
      const bench = aGuardBench();
      const options = Object.fromEntries(keys.map((key) => [key, parts[key as keyof GuardOptions]])) as GuardOptions;
      const guarded = bench.guard('pay', options);
      const because = async (work: () => Promise<unknown>, asked = {}) => {
        const answer = await guarded(work, asked).catch(() => ({ because: 'threw' }));
        return 'because' in answer ? answer.because : 'answered';
      };
      const seen = [await because(failing('busy'))];
      // Too late, over the rate, and behind an open breaker: what comes first says so.
      seen.push(await because(failing('busy'), { deadlineAt: bench.clock.now() }));
      seen.push(await because(failing('busy')));
      await bench.clock.advance(1_000);
      // A token is there again: the bulkhead has room, and the breaker refuses.
      seen.push(await because(failing('busy')));
      told.push(seen);
    }
    expect(told).toEqual(Array(2).fill(['threw', 'deadlinePassed', 'rateLimited', 'breakerOpen']));
  });

  test('a full bulkhead refuses before the breaker is asked, so a probe is never wasted on a call without a permit', async () => {
    const bench = aGuardBench();
    const { clock, guard } = bench;
    const guarded = guard('pay', { bulkhead: { limit: 1, queueMost: 0 }, breaker: { failures: 1, openMs: 1_000 } });
    const holding = guarded(() => clock.sleep(60_000));
    const other = guard('pay', { breaker: 'pay' });
    await expect(other(failing('busy'))).rejects.toThrow();
    await clock.advance(30_000);
    expect(await guarded(() => 1)).toMatchObject({ because: 'bulkheadFull' });
    expect(await other(() => 'probe')).toEqual({ kind: 'succeeded', value: 'probe' });
    await clock.advance(60_000);
    expect(await holding).toMatchObject({ kind: 'succeeded' });
  });
});

describe('a fallback', () => {
  test('answers by what went wrong: a value, or a function that is told why', async () => {
    const bench = aGuardBench();
    const guarded = bench.guard('pay', {
      timeout: 50,
      breaker: { failures: 3 },
      fallback: {
        timedOut: 'too slow',
        failed: (why) => (why.kind === 'failed' ? `failed: ${(why.thrown as CodedError).code}` : 'never'),
        breakerOpen: async (why) => (why.kind === 'refused' ? `open: ${why.name}` : 'never'),
      },
    });
    const slow = guarded(() => new Promise(() => {}));
    expect(await cameTo(bench, 60, slow)).toEqual({ kind: 'fellBack', value: 'too slow', because: 'timedOut' });
    const failed = { kind: 'fellBack', value: 'failed: busy', because: 'failed' };
    expect(await guarded(failing('busy'))).toEqual(failed);
    expect(await guarded(failing('busy'))).toEqual(failed);
    expect(await guarded(() => 1)).toEqual({ kind: 'fellBack', value: 'open: pay', because: 'breakerOpen' });
  });

  test('leaves what it does not name as it is, unless it says `otherwise`', async () => {
    const { guard, clock } = aGuardBench();
    const some = guard('some', { fallback: { failed: 'sorry' } });
    expect(await some(() => 1, { deadlineAt: clock.now() })).toMatchObject({ kind: 'refused' });
    const timed = guard('timed', { fallback: { breakerOpen: 'sorry' } });
    await expect(timed(failing('busy'))).rejects.toThrow('not now');
    const all = guard('all', { fallback: { failed: 'sorry', otherwise: undefined } });
    expect(await all(() => 1, { deadlineAt: clock.now() })).toMatchObject({ kind: 'fellBack', value: undefined });
  });
});

describe('what a user says of a guard', () => {
  const { guard } = aGuardBench();
  const told = (name: string, options: object): string => {
    try {
      guard(name, options);
      return 'sound';
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'guard_invalid' });
      return (thrown as Error).message;
    }
  };

  test('is refused with every fault named, and what to do', () => {
    expect(told('pay', { deadline: 0, timeout: 'soon', rateLimit: { perSecond: 0, burst: 0.5 } })).toBe(
      "guard `pay` can't be made: `deadline` is 0; write milliseconds above 0 and up to a day, or a text like 250ms, 30s, 5m; " +
        '`timeout` is "soon"; write milliseconds above 0 and up to a day, or a text like 250ms, 30s, 5m; ' +
        "`rateLimit.perSecond` is 0; write a number above 0 and up to 1,000,000. To stop all calls, force the target's breaker open; " +
        '`rateLimit.burst` is 0.5; write a number from 1 to 10,000,000: with less no call ever gets a token',
    );
    expect(told('pay', { hedge: { quantile: 0.2 } })).toContain('Say `idempotent: true` where that does no harm');
    expect(told('pay', { hedge: { idempotent: true, quantile: 0.2 } })).toContain('from 0.5 to 0.999');
    expect(told('pay', { timeOut: 5 })).toContain('`timeOut` is no option; there are deadline,');
    expect(told('pay', { retry: { maxAttempts: 0 } })).toContain('`retry.maxAttempts`');
    expect(told('pay', { retry: { strategy: 'circuit_breaker' } })).toContain('only a job can do');
    expect(told('pay', { fallback: { breakerOpened: 1 } })).toContain('`fallback.breakerOpened` is nothing that');
    expect(told('pay', { fallback: {} })).toContain('`fallback` says nothing');
    expect(told('', {})).toContain('`name` is empty');
  });

  test('may leave the name out where nothing is shared by it', async () => {
    expect(() => guard({ rateLimit: { perSecond: 1 }, breaker: {} })).toThrow(
      "`name` is missing: the fleet shares its rateLimit and breaker by it. Write guard('some-name', …)",
    );
    expect(await guard({ timeout: '1s', breaker: 'pay' })(() => 1)).toEqual({ kind: 'succeeded', value: 1 });
  });

  test('may have a timeout above its deadline, and durations as text', () => {
    expect(told('fine', { deadline: '1s', timeout: '5s', retry: true, hedge: { idempotent: true } })).toBe('sound');
  });

  test('two rates for one name are a fault: which of them would hold?', () => {
    expect(told('twice', { rateLimit: { perSecond: 5 } })).toBe('sound');
    expect(told('twice', { rateLimit: { perSecond: 5 } })).toBe('sound');
    expect(told('twice', { rateLimit: { perSecond: 6 } })).toContain('known with another rate already');
  });
});
