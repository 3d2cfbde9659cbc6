import { describe, expect, test } from '@jest/globals';
import { CodedError } from '../../shared/core/error.ts';
import { tellsOverload } from '../../shared/policy/bulkhead/index.ts';
import { anEngine } from '../support/an-engine.ts';
import { handClock } from '../support/hand-clock.ts';
import { call } from './a-fleet.ts';
import { aGuardBench } from './guards/a-guard-bench.ts';
import { guardsOn } from './guards-on.ts';

const spec = { limit: 20, queueMost: 1_000, adaptive: { least: 2, most: 40 } };
const busy = () => {
  throw new CodedError('http_429', 'too many');
};
const missing = () => {
  throw new CodedError('not_there', 'no such order');
};

/** Waves of twenty calls that end after 50 ms in this way. */
async function waves(
  bench: ReturnType<typeof aGuardBench>,
  one: (work: () => Promise<never>) => Promise<unknown>,
  end: () => never,
) {
  for (let wave = 0; wave < 20; wave++) {
    const calls = Array.from({ length: 20 }, () => one(() => bench.clock.sleep(50).then(end)).catch(() => {}));
    await bench.clock.advance(1_000);
    await Promise.all(calls);
  }
}

describe('an adaptive limit falls when the target is too busy, and not for other failures,', () => {
  test.each([
    ['under run', 'run'],
    ['under a guard', 'guard'],
  ])('%s', async (_, by) => {
    const limitAfter = async (end: () => never) => {
      const bench = aGuardBench();
      const pool = bench.bulkheads.bulkhead('vectors', spec);
      const guarded = bench.guard('vectors', { bulkhead: 'vectors' });
      await waves(bench, (work) => (by === 'run' ? pool.run(work) : guarded(work)), end);
      return pool.view().limit;
    };
    expect(await limitAfter(busy)).toBeLessThan(10);
    expect(await limitAfter(missing)).toBeGreaterThanOrEqual(20);
  });

  test('under a node', async () => {
    const limitAfter = async (end: () => never) => {
      const clock = handClock();
      const guards = guardsOn(clock, spec);
      const held = await anEngine({
        clock,
        guards: guards.engine,
        options: { alone: true },
        register: (engine) => engine.registerHandler('work', () => clock.sleep(50).then(end)),
      });
      const more = {
        bulkhead: 'model',
        onFailure: 'continue',
        retry: { strategy: 'fixed', delay: '1s', maxAttempts: 1 },
      };
      await held.submit({ name: 'fan', nodes: Array.from({ length: 400 }, (_, at) => call(`n${at}`, more)) });
      await clock.advance(120_000);
      return guards.bulkheads.bulkhead('model').view().limit;
    };
    expect(await limitAfter(busy)).toBeLessThan(10);
    expect(await limitAfter(missing)).toBeGreaterThanOrEqual(20);
  });
});

test.each([
  ['timeout', true],
  ['http_429', true],
  ['http_503', true],
  ['ETIMEDOUT', false],
  ['http_500', false],
  ['http_404', false],
  ['aborted', false],
  ['invocation_timeout', false],
  ['abandoned', false],
])('%s says that the target is too busy: %s', (code, isSaid) => {
  expect(tellsOverload({ code, message: 'no' })).toBe(isSaid);
});
