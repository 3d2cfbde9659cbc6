import { describe, expect, test } from '@jest/globals';
import { parseJobSpec } from '../../shared/jobs/document/index.ts';
import type { JobSpec } from '../../shared/jobs/index.ts';

const parse = (retry: unknown) =>
  parseJobSpec({ name: 'j', nodes: [{ id: 'a', type: 'function', handler: 'echo', retry }] }, 0);
function faultsOf(retry: unknown): string[] {
  const parsed = parse(retry);
  return parsed.kind === 'faults' ? parsed.faults.map(({ path, message }) => `${path}: ${message}`) : [];
}
function specOf(retry: unknown): JobSpec {
  const parsed = parse(retry);
  if (parsed.kind === 'faults') throw new Error(JSON.stringify(parsed.faults));
  return parsed.spec;
}

describe('a retry policy', () => {
  test.each<[string, unknown, string[]]>([
    [
      'a strategy that is not there',
      { strategy: 'circuit-breaker' },
      [
        'strategy: must be one of `immediate`, `fixed`, `linear`, `exponential`, `fibonacci`, `custom`, `circuit_breaker`, `adaptive`, but is "circuit-breaker"; did you mean `circuit_breaker`?',
      ],
    ],
    [
      'a jitter that is not there',
      { jitter: 'decorelated' },
      [
        'jitter: must be one of `none`, `full`, `equal`, `decorrelated`, but is "decorelated"; did you mean `decorrelated`?',
      ],
    ],
    ['maxDelay below delay', { delay: '2s', maxDelay: '1s' }, ['maxDelay: is 1000 ms, less than `delay`, 2000 ms']],
    [
      'a fixed delay that is longer than all the time there is',
      { strategy: 'fixed', delay: '1h', maxElapsed: '1m' },
      ['maxElapsed: is 60000 ms, and `delay` is 3600000 ms: no retry could begin in time'],
    ],
    ['a factor below 1', { factor: 0.5 }, ['factor: must be at least 1']],
    ['an empty list of delays', { strategy: 'custom', delays: [] }, ['delays: must have at least 1 entries']],
    ['no list of delays', { strategy: 'custom' }, ['delays: is missing: `custom` takes its delays from it']],
    [
      'a listed delay above maxDelay',
      { strategy: 'custom', delays: ['1s', '1m'], maxDelay: '30s' },
      ['delays[1]: is 60000 ms, more than `maxDelay`, 30000 ms'],
    ],
    ['a listed delay that is none', { strategy: 'custom', delays: [-1] }, ['delays[0]: must not be negative']],
    [
      'delays without custom',
      { delays: [1] },
      ['delays: means nothing with `strategy: exponential`; it goes with `custom`'],
    ],
    [
      'a factor with fixed',
      { strategy: 'fixed', factor: 2 },
      ['factor: means nothing with `strategy: fixed`; it goes with `exponential`'],
    ],
    [
      'a delay where there is none',
      { strategy: 'immediate', delay: 5, maxDelay: 9, jitter: 'full' },
      [
        'delay: means nothing with `strategy: immediate`; it goes with `fixed`, `linear`, `exponential`, `fibonacci`, `circuit_breaker`, `adaptive`',
        'maxDelay: means nothing with `strategy: immediate`; it goes with `fixed`, `linear`, `exponential`, `fibonacci`, `custom`, `adaptive`',
        'jitter: means nothing with `strategy: immediate`: there is no delay to disturb',
      ],
    ],
    [
      'decorrelated with a strategy that grows otherwise',
      { strategy: 'linear', jitter: 'decorrelated' },
      ['jitter: is `decorrelated`, which grows by itself and goes with `exponential` only, not with `linear`'],
    ],
    [
      'a bound for what is ignored',
      { retryAfter: 'ignore', maxRetryAfter: '1m' },
      ['maxRetryAfter: means nothing with `retryAfter: ignore`'],
    ],
    ['a time limit of nothing', { maxElapsed: 0 }, ['maxElapsed: must be more than 0']],
    ['a rule without `on`', { rules: [{ retry: true }] }, ['rules[0].on: is missing']],
    ['a rule without a verdict', { rules: [{ on: { code: 'x' } }] }, ['rules[0].retry: is missing']],
    [
      'a rule for nothing',
      { rules: [{ on: {}, retry: true }] },
      ['rules[0].on: must name a `code`, a `status` or a `name`'],
    ],
    [
      'a rule for an unknown part',
      { rules: [{ on: { statuses: 500 }, retry: true }] },
      ['rules[0].on.statuses: is no field here; did you mean `status`?'],
    ],
    [
      'a status that is none',
      { rules: [{ on: { status: [503, '6xx'] }, retry: true }] },
      ['rules[0].on.status: must be an HTTP status, a class like `5xx`, or a list of them, but is a list'],
    ],
    [
      'a rule whose delay does nothing',
      { rules: [{ on: { status: 404 }, retry: false, delay: '1s' }] },
      ['rules[0].delay: means nothing with `retry: false`'],
    ],
    [
      'a rule that waits longer than maxDelay',
      { maxDelay: '30s', rules: [{ on: { status: 429 }, retry: true, delay: '1m' }] },
      ['rules[0].delay: is 60000 ms, more than `maxDelay`, 30000 ms'],
    ],
  ])('%s is a fault that is told with its place', (_, retry, faults) => {
    expect(faultsOf(retry)).toEqual(faults.map((fault) => `nodes[0].retry.${fault}`));
  });

  test('of a job and of what a map runs is looked at in the same way', () => {
    const retry = { strategy: 'custom' };
    const parsed = parseJobSpec(
      {
        name: 'j',
        retry,
        nodes: [{ id: 'a', type: 'map', over: [1], node: { type: 'function', handler: 'echo', retry } }],
      },
      0,
    );
    expect(parsed.kind === 'faults' && parsed.faults.map(({ path }) => path)).toEqual([
      'retry.delays',
      'nodes[0].node.retry.delays',
    ]);
  });

  test('may list more delays than it has attempts, and one alone where a list is asked for', () => {
    const rules = [{ on: { code: 'a', status: '5xx', name: ['B', 'C'] }, retry: true, delay: '2s' }];
    const [pay] = specOf({
      strategy: 'custom',
      delays: ['1s', 2, '3ms'],
      maxAttempts: 2,
      rules,
      unknown: 'final',
    }).nodes;
    expect(pay).toHaveProperty('retry', {
      strategy: 'custom',
      delays: [1_000, 2, 3],
      maxAttempts: 2,
      rules: [{ on: { code: ['a'], status: ['5xx'], name: ['B', 'C'] }, retry: true, delay: 2_000 }],
      unknown: 'final',
    });
  });

  test('as it is kept is a document that parses to the same again', () => {
    const whole = {
      maxAttempts: 9,
      delay: 10,
      factor: 3,
      maxDelay: 500,
      maxElapsed: 9_000,
      jitter: 'decorrelated',
      nonRetryable: ['E1'],
      rules: [{ on: { status: [404, '5xx'] }, retry: true }],
      unknown: 'retry',
      maxRetryAfter: 60_000,
      maxLeaseLosses: 2,
    };
    const spec = specOf(whole);
    expect(spec.nodes[0]).toHaveProperty('retry', whole);
    expect(parseJobSpec(spec, 0)).toEqual({ kind: 'spec', spec });
  });

  test.each<[object]>([
    [{}],
    [{ strategy: 'immediate', maxAttempts: 5 }],
    [{ strategy: 'fixed', delay: 2_000, jitter: 'full', maxAttempts: 4, maxLeaseLosses: 1 }],
    [{ strategy: 'exponential', delay: 500, factor: 2, maxDelay: 30_000, jitter: 'none', nonRetryable: ['http_422'] }],
  ])('that was kept before there were rules is kept as it was: %j', (retry) => {
    expect(specOf(retry).nodes[0]).toHaveProperty('retry', retry);
  });
});
