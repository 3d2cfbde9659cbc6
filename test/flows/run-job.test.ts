import { describe, expect, test } from '@jest/globals';
import { jobResult, nodeAt, resultOf } from '../../shared/jobs/index.ts';
import { anEngine } from '../support/an-engine.ts';

const echo = { type: 'function', handler: 'echo' } as const;

describe('a job runs to its end', () => {
  test('a chain carries results on and costs one write a step', async () => {
    const { engine, submit, states } = await anEngine({
      register: (each) => each.registerHandler('add', (input) => (input as number) + 1),
    });
    const nodes = [1, 2, 3, 4, 5].map((n) => ({
      id: `n${n}`,
      type: 'function',
      handler: 'add',
      ...(n === 1 ? { input: 0 } : { dependsOn: [`n${n - 1}`], input: `\${nodes.n${n - 1}.result}` }),
    }));
    const jobId = await submit({ name: 'chain', nodes });
    expect(engine.health().store).toMatchObject({ writes: 6, reads: 0, conflicts: 0 });
    const job = (await engine.get(jobId))!;
    expect(job.header.state).toBe('completed');
    expect(await states(jobId)).toEqual({
      n1: 'succeeded',
      n2: 'succeeded',
      n3: 'succeeded',
      n4: 'succeeded',
      n5: 'succeeded',
    });
    expect(jobResult(job)).toBe(5);
  });

  test('outcomes that are there together go through in one commit', async () => {
    const { engine, submit } = await anEngine({ register: (each) => each.registerHandler('echo', (input) => input) });
    const wide = Array.from({ length: 1_000 }, (_, n) => ({ id: `p${n}`, ...echo }));
    const jobId = await submit({
      name: 'wide',
      nodes: [...wide, { id: 'join', ...echo, dependsOn: wide.map(({ id }) => id) }],
    });
    expect((await engine.get(jobId))!.header.state).toBe('completed');
    expect(engine.health().store.commits).toBeLessThanOrEqual(8);
    expect(engine.health().store.writes).toBeLessThanOrEqual(0.3 * 1_001);
  });

  test('a failed attempt is made again after its delay, and no sooner', async () => {
    let calls = 0;
    const { clock, submit, states } = await anEngine({
      register: (each) =>
        each.registerHandler('flaky', () => {
          if (++calls < 3) throw Object.assign(new Error('busy'), { code: 'busy' });
          return calls;
        }),
    });
    const retry = { strategy: 'fixed', delay: '2s', maxAttempts: 3 };
    const jobId = await submit({ name: 'flaky', nodes: [{ id: 'a', type: 'function', handler: 'flaky', retry }] });
    expect(await states(jobId)).toEqual({ a: 'retrying' });
    await clock.advance(1_999);
    expect(calls).toBe(1);
    await clock.advance(1);
    expect(calls).toBe(2);
    await clock.advance(2_000);
    expect(await states(jobId)).toEqual({ a: 'succeeded' });
  });

  test('a code that is not retryable fails the job at once and names node, attempts and reason', async () => {
    const { engine, submit } = await anEngine({
      register: (each) =>
        each.registerHandler('pay', () => {
          throw Object.assign(new Error('card stolen'), { code: 'card_stolen' });
        }),
    });
    const retry = { nonRetryable: ['card_stolen'] };
    const jobId = await submit({ name: 'pay', nodes: [{ id: 'pay', type: 'function', handler: 'pay', retry }] });
    const { header } = (await engine.get(jobId))!;
    expect(header.state).toBe('failed');
    expect(header.failure).toMatchObject({
      code: 'card_stolen',
      message: expect.stringMatching(/`pay`.*only attempt.*card stolen/),
    });
  });

  test('a map fans out over a list found at run time, no more than its concurrency at once', async () => {
    let now = 0;
    let most = 0;
    const { engine, clock, submit } = await anEngine({
      register: (each) => {
        each.registerHandler('list', () => ['a', 'b', 'c', 'd', 'e']);
        each.registerHandler('slow', async (input) => {
          most = Math.max(most, ++now);
          await clock.sleep(10);
          now--;
          return `${input}!`;
        });
      },
    });
    const item = { type: 'function', handler: 'slow', input: '${item}' };
    const jobId = await submit({
      name: 'map',
      nodes: [
        { id: 'find', type: 'function', handler: 'list' },
        { id: 'each', type: 'map', dependsOn: ['find'], over: '${nodes.find.result}', concurrency: 2, node: item },
      ],
    });
    await clock.advance(100);
    const job = (await engine.get(jobId))!;
    expect(resultOf(job, 1)).toEqual(['a!', 'b!', 'c!', 'd!', 'e!']);
    expect(most).toBe(2);
  });

  test('a choice runs the branch whose condition is true and skips the other', async () => {
    const { submit, states } = await anEngine({ register: (each) => each.registerHandler('echo', (input) => input) });
    const jobId = await submit({
      name: 'choice',
      nodes: [
        { id: 'score', ...echo, input: 0.9 },
        {
          id: 'good',
          type: 'choice',
          dependsOn: ['score'],
          choices: [{ when: { value: '${nodes.score.result}', gte: 0.5 }, then: 'ship' }],
          otherwise: 'return',
        },
        { id: 'ship', ...echo, dependsOn: ['good'] },
        { id: 'return', ...echo, dependsOn: ['good'] },
        { id: 'after-return', ...echo, dependsOn: ['return'] },
        { id: 'done', ...echo, dependsOn: ['ship', 'after-return'], join: 'any_succeeded' },
      ],
    });
    expect(await states(jobId)).toEqual({
      score: 'succeeded',
      good: 'succeeded',
      ship: 'succeeded',
      return: 'skipped',
      'after-return': 'skipped',
      done: 'succeeded',
    });
  });

  test('a pubsub node waits until its consumer calls back, and an old attempt is refused', async () => {
    const { engine, topics, clock, submit, states } = await anEngine();
    const heard: { attempt: number }[] = [];
    topics.subscribe('orders', ({ message }) => heard.push(message as unknown as { attempt: number }));
    const jobId = await submit({
      name: 'order',
      nodes: [{ id: 'order', type: 'pubsub', topic: 'orders', input: { sku: 7 } }],
    });
    await clock.advance(0);
    expect(await states(jobId)).toEqual({ order: 'waiting' });
    expect(heard).toEqual([expect.objectContaining({ attempt: 1, nodeId: 'order', input: { sku: 7 } })]);
    expect(await engine.complete(jobId, 'order', 2, 'late')).toMatchObject({
      kind: 'refused',
      because: 'staleAttempt',
    });
    expect(await engine.complete(jobId, 'order', 1, { ok: true })).toMatchObject({ kind: 'done' });
    expect((await engine.get(jobId))!.header.state).toBe('completed');
  });

  test('a child job gives its result to its parent, and goes when its parent is cancelled', async () => {
    const { engine, clock, submit, states } = await anEngine({
      register: (each) => each.registerHandler('echo', (input) => input),
    });
    const child = { name: 'child', nodes: [{ id: 'c', ...echo, input: '${job.input}' }] };
    const jobId = await submit({ name: 'parent', nodes: [{ id: 'sub', type: 'job', job: child, input: { n: 1 } }] });
    await clock.advance(0);
    expect(jobResult((await engine.get(jobId))!)).toEqual({ n: 1 });

    const waiting = { name: 'waiting', nodes: [{ id: 'approval', type: 'signal' }] };
    const second = await submit({ name: 'parent', nodes: [{ id: 'sub', type: 'job', job: waiting }] });
    await clock.advance(0);
    expect(await states(`${second}.0.1`)).toEqual({ approval: 'waiting' });
    await engine.cancel(second, { by: 'operator' });
    await clock.advance(0);
    expect((await engine.get(`${second}.0.1`))!.header.state).toBe('aborted');
  });

  test('a higher priority goes first when there is no room for all', async () => {
    const order: string[] = [];
    const { clock, submit } = await anEngine({
      options: { concurrency: 1 },
      register: (each) =>
        each.registerHandler('note', async (input) => {
          order.push(input as string);
          await clock.sleep(10);
        }),
    });
    const note = (name: string, priority: number) => ({
      name,
      priority,
      nodes: [{ id: 'n', type: 'function', handler: 'note', input: name }],
    });
    await submit(note('first', 5));
    await submit(note('low', 1));
    await submit(note('high', 9));
    await clock.advance(100);
    expect(order).toEqual(['first', 'high', 'low']);
  });
});

describe('whatever a handler does', () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;

  test.each<[string, unknown, object]>([
    ['has no text', Object.create(null), { code: 'unknown' }],
    ['has circular details', Object.assign(new Error('no'), { details: circle }), { message: 'no' }],
    ['has details that are no JSON', Object.assign(new Error('no'), { details: 10n }), { message: 'no' }],
    ['has a message that is no text', Object.assign(new Error(), { message: { a: 1 } }), { code: 'unknown' }],
    ['has a code without end', { code: 'c'.repeat(1_000) }, { code: 'c'.repeat(200) }],
    ['has large details', Object.assign(new Error('no'), { details: 'd'.repeat(20_000) }), { message: 'no' }],
  ])('a throw that %s fails its node and nothing else', async (_, thrown, failure) => {
    const { engine, submit, reports } = await anEngine({
      register: (each) =>
        each.registerHandler('bad', () => {
          throw thrown;
        }),
    });
    const jobId = await submit({
      name: 'bad',
      nodes: [{ id: 'a', type: 'function', handler: 'bad', retry: { maxAttempts: 1 } }],
    });
    const run = nodeAt((await engine.get(jobId))!, 0);
    expect(run).toMatchObject({ state: 'failed', failure });
    expect(run).not.toHaveProperty('failure.details');
    expect(reports).toEqual([]);
  });

  test('a caller that rejects fails its node', async () => {
    const { engine, submit } = await anEngine({ http: { call: () => Promise.reject(new TypeError('a bug')) } });
    const nodes = [{ id: 'a', type: 'http', url: 'https://shop.example', retry: { maxAttempts: 1 } }];
    const job = (await engine.get(await submit({ name: 'bug', nodes })))!;
    expect(nodeAt(job, 0)).toMatchObject({ state: 'failed', failure: { code: 'TypeError', message: 'a bug' } });
  });

  test('its input is its own: no result and no spec changes with it', async () => {
    const { engine, submit } = await anEngine({
      register: (each) => {
        each.registerHandler('echo', (input) => input);
        each.registerHandler('sort', (input) => (input as number[]).sort().length);
      },
    });
    const nodes = [
      { id: 'list', ...echo, input: [3, 1, 2] },
      { id: 'sort', type: 'function', handler: 'sort', dependsOn: ['list'], input: '${nodes.list.result}' },
      { id: 'own', type: 'function', handler: 'sort', input: [2, 1] },
    ];
    const job = (await engine.get(await submit({ name: 'own', nodes })))!;
    expect(job.header.state).toBe('completed');
    expect(resultOf(job, 0)).toEqual([3, 1, 2]);
    expect(job.spec.nodes[2]!.input).toEqual([2, 1]);
  });

  test('an input that its references make too large is not sent', async () => {
    const { engine, submit } = await anEngine({
      register: (each) => {
        each.registerHandler('large', () => 'x'.repeat(1_000_000));
        each.registerHandler('echo', (input) => input);
      },
    });
    const input = Array.from({ length: 600 }, () => '${nodes.large.result}');
    const nodes = [
      { id: 'large', type: 'function', handler: 'large' },
      { id: 'list', ...echo, dependsOn: ['large'], input },
      { id: 'text', ...echo, dependsOn: ['large'], input: input.join('') },
    ];
    const job = (await engine.get(await submit({ name: 'large', nodes })))!;
    for (const node of [1, 2])
      expect(nodeAt(job, node)).toMatchObject({ state: 'failed', failure: { code: 'input_too_large' } });
  });

  test.each([
    ['nested 501 deep', () => JSON.parse(`${'['.repeat(502)}${']'.repeat(502)}`), 'result_not_json'],
    ['nested 100,000 deep', () => JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`), 'result_not_json'],
    ['of a MiB and a bit in UTF-8', () => 'é'.repeat(600_000), 'result_too_large'],
  ])('a result %s is refused', async (_, make, code) => {
    const { engine, submit } = await anEngine({ register: (each) => each.registerHandler('make', make) });
    const jobId = await submit({ name: 'make', nodes: [{ id: 'a', type: 'function', handler: 'make' }] });
    expect(nodeAt((await engine.get(jobId))!, 0)).toMatchObject({ state: 'failed', failure: { code } });
  });

  test('it is told to stop when its attempt is called back as failed', async () => {
    const stopped: number[] = [];
    const { engine, clock, submit } = await anEngine({
      register: (each) =>
        each.registerHandler('wait', (_, attempt) => {
          attempt.signal.addEventListener('abort', () => stopped.push(attempt.attempt));
          return new Promise(() => {});
        }),
    });
    const retry = { strategy: 'immediate' };
    const jobId = await submit({ name: 'wait', nodes: [{ id: 'a', type: 'function', handler: 'wait', retry }] });
    await engine.fail(jobId, 'a', 1, { code: 'no', message: 'no' });
    await clock.advance(0);
    expect(stopped).toEqual([1]);
    expect(engine.health().runningAttempts).toBe(1);
  });
});
