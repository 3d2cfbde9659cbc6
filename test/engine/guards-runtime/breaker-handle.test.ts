import { describe, expect, test } from '@jest/globals';
import { CodedError } from '../../../shared/core/error.ts';
import { seededRandom } from '../../../shared/core/random.ts';
import { createFleetBreakers } from '../../../shared/engine/guards/fleet-breakers.ts';
import { defaultBreakerRules } from '../../../shared/policy/breaker/index.ts';
import { handClock } from '../../support/hand-clock.ts';
import { fails, outcomeOf, works } from './a-breaker-fleet.ts';

/** Breakers of one process that shares nothing. */
function alone() {
  const clock = handClock(1_700_000_000_000);
  const told: { kind: string; to?: string; count?: number; because: string }[] = [];
  const breakers = createFleetBreakers({
    clock,
    random: seededRandom(1),
    instance: 'alone',
    rulesOf: () => defaultBreakerRules,
    report: (error) => {
      throw error;
    },
    tell: (event) => void told.push(event),
  });
  return { clock, breakers, told };
}

describe('a breaker in the hand', () => {
  test('gives the value of the call, and throws what the call throws', async () => {
    const pay = alone().breakers.breaker('pay');
    expect(await pay.run(works)).toEqual({ kind: 'succeeded', value: 'well' });
    expect(await pay.run(() => 7)).toEqual({ kind: 'succeeded', value: 7 });
    const thrown = new Error('no');
    await expect(pay.run(() => Promise.reject(thrown))).rejects.toBe(thrown);
    await expect(
      pay.run(() => {
        throw thrown;
      }),
    ).rejects.toBe(thrown);
  });

  test('refuses by a value that names it, says why and when to ask again', async () => {
    const { breakers, clock } = alone();
    const pay = breakers.breaker('pay', { failures: 3, openMs: 30_000 });
    for (let call = 0; call < 3; call++) await outcomeOf(pay.run(fails));
    const refused = await pay.run(works);
    expect(refused).toMatchObject({ kind: 'refused', because: 'breakerOpen', name: 'pay', scope: 'instance' });
    expect(refused).toMatchObject({ message: 'the breaker `pay` is open: 3 failures in a row' });
    const { retryAt } = refused as { retryAt: number };
    expect(retryAt).toBeGreaterThanOrEqual(clock.now() + 24_000);
    expect(retryAt).toBeLessThanOrEqual(clock.now() + 51_000);
    expect(pay.tryAcquire().kind).toBe('refused');
  });

  test('lets one probe through when its time is over, and closes after its successes', async () => {
    const { breakers, clock, told } = alone();
    const pay = breakers.breaker('pay', { failures: 3, openMs: 30_000, successes: 2 });
    for (let call = 0; call < 3; call++) await outcomeOf(pay.run(fails));
    await clock.advance(36_001);
    const probe = pay.tryAcquire();
    expect(probe).toMatchObject({ kind: 'pass', probe: -1 });
    expect(pay.tryAcquire().kind).toBe('refused');
    if (probe.kind === 'pass') pay.succeeded(probe, 5);
    expect(await outcomeOf(pay.run(works))).toBe('succeeded');
    expect(pay.view().state).toBe('closed');
    expect(told.filter(({ kind }) => kind === 'transition').map(({ to }) => to)).toEqual([
      'open',
      'half_open',
      'closed',
    ]);
  });

  test('opens on slow calls, by the times that calls take', async () => {
    const { breakers, clock } = alone();
    const slow = breakers.breaker('slow', { failures: 0, slowRate: 0.5, slowMs: 1_000, minimumCalls: 4 });
    for (let call = 0; call < 3; call++) {
      const running = slow.run(() => clock.sleep(1_500));
      await clock.advance(1_500);
      await running;
    }
    expect(slow.view().state).toBe('closed');
    const pass = slow.tryAcquire();
    if (pass.kind === 'pass') slow.succeeded(pass, 1_500);
    expect(slow.view()).toMatchObject({ state: 'open', because: '4 of 4 calls were slow' });
  });

  test('counts what its caller says a call was, and never what was called off', async () => {
    const { breakers } = alone();
    const pay = breakers.breaker('pay', { failures: 2 });
    const aborted = () => Promise.reject(new CodedError('aborted', 'called off'));
    for (let call = 0; call < 5; call++) await outcomeOf(pay.run(aborted));
    for (let call = 0; call < 5; call++) await outcomeOf(pay.run(fails, () => 'ignored'));
    expect(pay.view()).toMatchObject({ state: 'closed', calls: 0 });
    for (let call = 0; call < 2; call++)
      await pay.run(
        async () => ({ status: 503 }),
        (call) => (call.kind === 'returned' ? 'failure' : 'success'),
      );
    expect(pay.view()).toMatchObject({ state: 'open', failures: 2 });
  });

  test('forgets what was begun before it opened', async () => {
    const { breakers, clock } = alone();
    const pay = breakers.breaker('pay', { failures: 2, successes: 1, openMs: 1_000 });
    const early = pay.tryAcquire();
    for (let call = 0; call < 2; call++) await outcomeOf(pay.run(fails));
    await clock.advance(1_300);
    await pay.run(works);
    expect(pay.view().state).toBe('closed');
    if (early.kind === 'pass') pay.failed(early);
    expect(pay.view()).toMatchObject({ calls: 0, failures: 0 });
  });

  test('counts every call where only some are timed, and opens as it would if all were', async () => {
    const { breakers } = alone();
    const busy = breakers.breaker('busy', { failures: 0, failureRate: 0.5, minimumCalls: 20 });
    for (let call = 0; call < 2_000; call++) await busy.run(works);
    expect(busy.view().calls).toBe(2_000);
    let failed = 0;
    while (busy.view().state === 'closed') failed += Number((await outcomeOf(busy.run(fails))) === 'threw');
    expect(failed).toBe(2_000);
  });

  test('tells rejections at most once a second, with how many there were', async () => {
    const { breakers, clock, told } = alone();
    const pay = breakers.breaker('pay', { failures: 1 });
    await outcomeOf(pay.run(fails));
    for (let call = 0; call < 5_000; call++) pay.tryAcquire();
    await clock.advance(1_000);
    for (let call = 0; call < 5; call++) pay.tryAcquire();
    const counts = told.flatMap(({ kind, count }) => (kind === 'rejection' ? [count!] : []));
    expect(counts.length).toBe(2);
    expect(counts[0]! + counts[1]!).toBeGreaterThan(5_000);
  });

  test('is one for all that ask for its name, and says what is wrong with what it is to go by', () => {
    const { breakers } = alone();
    expect(breakers.breaker('pay')).toBe(breakers.breaker('pay', { failures: 7 }));
    expect(breakers.breaker('pay').view().rules.failures).toBe(7);
    expect(() => breakers.breaker('pay', { failures: -1, openMs: 0 })).toThrow(/breaker "pay": .*failures.*openMs/s);
    expect(() => breakers.breaker('', {})).toThrow(/name/);
    expect(() => breakers.breaker('pay', { preset: 'nobody' })).toThrow(/there is no preset "nobody"/);
  });

  test('of ten thousand targets the first that is well and in nobody’s hand makes room for one more', async () => {
    const { breakers, clock } = alone();
    const pay = breakers.breaker('pay');
    for (let call = 0; call < 5; call++) breakers.record('down', 'failed', clock.now());
    for (let target = 0; target < 10_010; target++) breakers.record(`target-${target}`, 'succeeded', clock.now());
    const names = new Set(breakers.views().map(({ name }) => name));
    expect(names.size).toBe(10_000);
    expect([names.has('pay'), names.has('down'), names.has('target-0')]).toEqual([true, true, false]);
    expect(breakers.breaker('pay')).toBe(pay);
    expect(breakers.admit('down', clock.now()).kind).toBe('refused');
  });

  test('says when to come back only while nobody is let through', async () => {
    const { breakers, clock } = alone();
    const pay = breakers.breaker('pay', { failures: 1, openMs: 1_000 });
    expect(pay.view().retryAt).toBeUndefined();
    await outcomeOf(pay.run(fails));
    expect(pay.view().retryAt).toBeGreaterThan(clock.now());
    await clock.advance(1_300);
    expect(pay.view()).toMatchObject({ state: 'open' });
    expect(pay.view().retryAt).toBeUndefined();
  });
});
