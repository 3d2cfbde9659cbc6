import { describe, expect, test } from '@jest/globals';
import {
  applyToDraft,
  inputAt,
  type Job,
  type JobSpec,
  type NodeSpec,
  nodeAt,
  openDraft,
  redriveFaults,
} from '../../shared/jobs/index.ts';
import { apply, once, redrive, redriven, told } from './a-redrive.ts';
import { claim, fail, jobFrom, jobOf, node, play, submittedAt, succeed } from './a-story.ts';

const failedChain = () =>
  play(
    jobFrom({
      name: 'story',
      input: { to: 'a' },
      nodes: [node('load'), node('pay', ['load'], { ...once, input: '${job.input.to}' }), node('ship', ['pay'])],
    }),
    [
      [0, claim(0)],
      [1, succeed(0)],
      [2, claim(1)],
      [3, fail(1)],
    ],
  );

/** The spec with another form of some of its nodes. */
const with_ = (spec: JobSpec, changes: Readonly<Record<string, object>>): JobSpec => ({
  ...spec,
  nodes: spec.nodes.map((each) => ({ ...each, ...changes[each.id] }) as NodeSpec),
});
const faults = (job: Job, spec: JobSpec, nodes: readonly number[] = []) =>
  redriveFaults(job, { spec, nodes }, submittedAt + 10_000);

describe('a corrected spec', () => {
  test('is the one of the nodes that run again', () => {
    const job = failedChain();
    const again = redriven(job, {
      spec: with_(job.spec, { pay: { handler: 'pay-by-card', retry: { maxAttempts: 7 } } }),
    });
    expect(again.spec.nodes[1]).toMatchObject({ handler: 'pay-by-card', retry: { maxAttempts: 7 } });
    expect(told(again)).toEqual({ load: 'succeeded', pay: 'ready', ship: 'blocked' });
  });

  test('may bring another input alone', () => {
    const job = failedChain();
    const again = redriven(job, { spec: { ...job.spec, input: { to: 'b' } } });
    expect(inputAt(again, 1)).toEqual({ kind: 'filled', value: 'b' });
    expect(inputAt(job, 1)).toEqual({ kind: 'filled', value: 'a' });
  });

  test('may name its nodes in another order: the job knows them by the places that they had', () => {
    const job = failedChain();
    const again = redriven(job, { spec: { ...job.spec, nodes: job.spec.nodes.toReversed() } });
    expect(again.spec.nodes.map(({ id }) => id)).toEqual(['load', 'pay', 'ship']);
    expect(told(again)).toEqual({ load: 'succeeded', pay: 'ready', ship: 'blocked' });
  });

  test('may hang nodes that have not run behind others', () => {
    const job = failedChain();
    const again = redriven(job, {
      spec: with_(job.spec, { pay: { dependsOn: ['ship'] }, ship: { dependsOn: ['load'] } }),
    });
    expect(told(again)).toEqual({ load: 'succeeded', pay: 'blocked', ship: 'ready' });
    const done = play(again, [
      [10_001, claim(2)],
      [10_002, succeed(2)],
      [10_003, claim(1, 2)],
      [10_004, succeed(1, 1, 2)],
    ]);
    expect(done.header.state).toBe('completed');
  });

  test('J3: lets a blocked node of a job that goes on start, where it waits for nothing any more', () => {
    const job = play(jobOf(node('a'), node('b', ['a']), node('c', ['a', 'b'])), [[0, claim(0)]]);
    const { job: after, because } = apply(
      job,
      redrive({ spec: with_(job.spec, { b: { dependsOn: [] }, c: { dependsOn: ['b'] } }) }),
    );
    expect(because).toEqual({ kind: 'applied' });
    expect(told(after)).toEqual({ a: 'running', b: 'ready', c: 'blocked' });
    expect(nodeAt(after, 2)).toEqual({ state: 'blocked', unsettled: 1, succeeded: 0 });
  });

  test('gives a job that goes on another deadline, and leaves its time alone where it says the same', () => {
    const job = jobFrom({ name: 'story', timeout: 60_000, nodes: [node('a')] });
    const at = (spec: JobSpec) => redriven(job, { spec }).header.deadlineAt! - submittedAt;
    expect(at({ ...job.spec, input: 1 })).toBe(60_000);
    expect(at({ ...job.spec, timeout: 80_000 })).toBe(90_000);
    expect(at({ ...job.spec, deadline: submittedAt + 20_000 })).toBe(20_000);
  });

  test('mends a job of which nothing was wrong but its output', () => {
    const job = play(jobFrom({ name: 'story', output: '${nodes.a.result.sum}', nodes: [node('a')] }), [
      [0, claim(0)],
      [1, succeed(0, { total: 3 })],
    ]);
    expect(job.header.state).toBe('failed');
    const after = redriven(job, { spec: { ...job.spec, output: '${nodes.a.result.total}' } });
    expect(after.header).toMatchObject({ state: 'completed', run: 2 });
    expect(after.header.failure).toBeUndefined();
  });

  test('may make another kind of node of one that runs again, whose result was counted or not by what it was', () => {
    const job = play(
      jobOf(
        { id: 'a', type: 'choice', choices: [{ when: { value: 1, equals: 1 }, then: ['b'] }] },
        node('b', ['a']),
        node('c'),
      ),
      [
        [0, claim(2)],
        [1, succeed(2, 'long')],
        [2, claim(1)],
        [3, succeed(1)],
      ],
    );
    const spec = with_(job.spec, { a: { type: 'function', handler: 'noop' } });
    const again = redriven(job, { nodes: [0], spec });
    expect(again.header.resultBytes).toBe(4);
    expect(told(again)).toEqual({ a: 'ready', b: 'blocked', c: 'succeeded' });
  });
});

describe('a corrected spec that does not fit is refused, with all that is wrong at its place', () => {
  test('other nodes, fewer nodes, another name, a changed node that keeps its result', () => {
    const job = failedChain();
    const { nodes } = with_(job.spec, { load: { handler: 'other' } });
    const spec = {
      ...job.spec,
      name: 'other',
      nodes: [nodes[0]!, { ...nodes[1]!, id: 'new', dependsOn: [] }, nodes[2]!],
    };
    expect(faults(job, spec)).toEqual([
      { path: 'name', message: "the job's name is story and stays so" },
      {
        path: 'nodes[0]',
        message:
          "node load has begun and is not to run again, so it can't change; name it among the nodes that run again",
      },
      {
        path: 'nodes[1].id',
        message: 'the job has no node new; a corrected spec has the nodes that the job was submitted with',
      },
      { path: 'nodes', message: 'node pay is missing; skip it where it shall not run' },
    ]);
    const { job: after, because } = apply(job, redrive({ spec }));
    expect(because).toEqual({ kind: 'refused', because: 'specDoesNotFit' });
    expect(after).toBe(job);
  });

  test('what a node says of itself changes nothing, nor does a newer version of its policy: it stays as it was to the letter', () => {
    const job = failedChain();
    const spec = with_(job.spec, { load: { description: 'loads', expected: 5, retry: { maxAttempts: 9 } } });
    expect(faults(job, spec)).toEqual([]);
    expect(redriven(job, { spec }).spec.nodes[0]).toEqual(job.spec.nodes[0]);
  });

  test('a node that is named may change', () => {
    const job = failedChain();
    expect(faults(job, with_(job.spec, { load: { handler: 'other' } }), [0])).toEqual([]);
  });

  test('a map that has items stays one', () => {
    const job = play(
      jobOf({ id: 'each', type: 'map', over: [1], node: { type: 'function', handler: 'noop', ...once } }),
      [
        [0, claim(1)],
        [1, fail(1)],
      ],
    );
    const spec: JobSpec = { ...job.spec, nodes: [{ id: 'each', type: 'function', handler: 'noop' }] };
    expect(faults(job, spec)).toEqual([{ path: 'nodes[0].type', message: 'node each has items and stays a map' }]);
  });
});

describe('the list of a map under a corrected spec', () => {
  const each = (over: unknown) => ({
    id: 'each',
    type: 'map',
    over,
    node: { type: 'function', handler: 'noop', ...once, input: '${item}' },
  });
  const halfFailed = (over: unknown) =>
    play(jobFrom({ name: 'story', input: { list: ['x', 'y'], other: 1 }, nodes: [each(over)] }), [
      [0, claim(1)],
      [1, succeed(1, 'did x')],
      [2, claim(2)],
      [3, fail(2)],
    ]);

  test('stays where nothing of it changes: only the failed item runs again', () => {
    const job = halfFailed('${job.input.list}');
    expect(told(redriven(job, { spec: with_(job.spec, { each: { concurrency: 1 } }) }))).toEqual({
      each: 'waiting',
      'each[0]': 'succeeded',
      'each[1]': 'ready',
    });
  });

  test.each<[string, (spec: JobSpec) => JobSpec]>([
    ['another `over`', (spec) => with_(spec, { each: { over: ['p', 'q', 'r'] } })],
    ['another input that it is made of', (spec) => ({ ...spec, input: { list: ['p', 'q', 'r'], other: 1 } })],
  ])('is made anew with %s: no item works on what another one had', (_, correct) => {
    const job = halfFailed('${job.input.list}');
    const again = redriven(job, { spec: correct(job.spec) });
    expect(told(again)).toMatchObject({
      each: 'waiting',
      'each[0]~1': 'cancelled',
      'each[0]': 'ready',
      'each[2]': 'ready',
    });
    expect([3, 4, 5].map((index) => inputAt(again, index))).toEqual(
      ['p', 'q', 'r'].map((value) => ({ kind: 'filled', value })),
    );
  });

  test('a map at work keeps the list that its items have, so its input cannot change below it', () => {
    const job = play(jobFrom({ name: 'story', input: ['x', 'y'], nodes: [each('${job.input}'), node('b')] }), [
      [0, claim(2)],
    ]);
    const spec = { ...job.spec, input: ['p'] };
    expect(faults(job, spec)).toEqual([
      {
        path: 'nodes[0].over',
        message:
          'map each is at work on a list made of the input, which changes; name it among the nodes that run again',
      },
    ]);
    const again = redriven(job, { spec, nodes: [0] });
    expect(told(again)).toMatchObject({ each: 'waiting', 'each[0]': 'ready', 'each[1]~2': 'cancelled' });
  });
});

test('two redrives in one commit, each with a spec: the last one holds', () => {
  const job = failedChain();
  const draft = openDraft(job, submittedAt + 10_000);
  const first = with_(job.spec, { pay: { handler: 'one' } });
  const second = with_(first, { pay: { handler: 'two' } });
  expect(applyToDraft(draft, redrive({ spec: first })).kind).toBe('applied');
  expect(applyToDraft(draft, redrive({ spec: second, nodes: [1] })).kind).toBe('applied');
  expect(draft.spec.nodes[1]).toMatchObject({ handler: 'two' });
  expect(draft.graph.indexOf.get('ship')).toBe(2);
});
