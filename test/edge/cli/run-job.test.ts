import { describe, expect, test } from '@jest/globals';
import type { Clock } from '../../../shared/core/clock.ts';
import { CodedError } from '../../../shared/core/error.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import { fakeEngine } from '../../support/fake-engine.ts';
import { runIn, turnOrAbort } from './a-world.ts';

const chain = `name: chain
nodes:
  - { id: a, type: function, handler: echo, input: { x: 1 } }
  - { id: b, type: function, handler: noop, dependsOn: [a] }
`;

describe('run', () => {
  test('--json: the last line of standard output is the report, and nothing else is there', async () => {
    const { code, out, err } = await runIn({ files: { 'job.yaml': chain } }, 'run', 'job.yaml', '--json');
    const report = JSON.parse(out) as Record<string, unknown>;
    expect(out.endsWith('\n') && out.trim().split('\n').length === 1).toBe(true);
    expect(Object.keys(report)).toEqual([
      'jobId',
      'state',
      'nodes',
      'makespanMs',
      'criticalPathMs',
      'sequentialMs',
      'store',
      'fsyncs',
    ]);
    expect(report).toMatchObject({ state: 'completed', store: { conflicts: 0 }, fsyncs: 0 });
    expect(report['nodes']).toEqual([
      { id: 'a', state: 'succeeded', attempts: 1, startedAt: expect.any(Number), endedAt: expect.any(Number) },
      { id: 'b', state: 'succeeded', attempts: 1, startedAt: expect.any(Number), endedAt: expect.any(Number) },
    ]);
    expect(code).toBe(0);
    expect(err).toContain('completed');
  });

  test('without --json the summary is for people', async () => {
    const { code, out } = await runIn({ files: { 'job.yaml': chain } }, 'run', 'job.yaml');
    expect(code).toBe(0);
    expect(out).toMatch(/✔ chain completed/);
    expect(out).toMatch(/nodes +2: 2 succeeded/);
    expect(out).toMatch(/writes and .* reads a node/);
  });

  test('a job that fails ends with 1 and says which node failed and why', async () => {
    const broken = { handlers: { boom: () => Promise.reject(new Error('no money')) } };
    const text = 'name: f\nretry: { maxAttempts: 1 }\nnodes: [{ id: pay, type: function, handler: boom }]';
    const { code, out } = await runIn({ files: { 'job.yaml': text }, ...broken }, 'run', 'job.yaml');
    expect(code).toBe(1);
    expect(out).toMatch(/✖ f failed/);
    expect(out).toMatch(/pay: .*no money/);
  });

  test('a handler that nobody has registered is a fault of the file', async () => {
    const text = 'name: f\nnodes:\n  - { id: pay, type: function, handler: pya }\n';
    const { code, err } = await runIn({ files: { 'job.yaml': text } }, 'run', 'job.yaml');
    expect(code).toBe(2);
    expect(err).toMatch(/^job\.yaml:3:\d+: nodes\[0\]\.handler: no handler `pya` is registered/m);
  });

  test('--signal answers signal nodes, with JSON or with text', async () => {
    const text = `name: s
nodes:
  - { id: first, type: signal, signal: go }
  - { id: second, type: signal, signal: word, dependsOn: [first] }
`;
    const flags = ['--signal', 'go={"by":"me"}', '--signal', 'word=plain text'];
    const { code, err } = await runIn({ files: { 'job.yaml': text } }, 'run', 'job.yaml', ...flags);
    expect(code).toBe(0);
    expect(err).not.toContain('will wait for the signal');
  });

  test('a signal that the job does not wait for is refused in a sentence that names those that it does', async () => {
    const text = 'name: s\nnodes: [{ id: approval, type: signal }]';
    const { code, err } = await runIn({ files: { 'job.yaml': text } }, 'run', 'job.yaml', '--signal', 'aproval=1');
    expect(code).toBe(1);
    expect(err).toMatch(
      /breakwater: The signal `aproval` was refused: no node of job `\w+` waits for a signal of this name; its signals are `approval`\./,
    );
  });

  test('told to stop, it says how the job goes on, prints the report as it is, and ends as signals do', async () => {
    const text = 'name: s\nnodes: [{ id: approval, type: signal }]';
    const stop = AbortSignal.abort();
    const { code, out, err } = await runIn({ files: { 'job.yaml': text }, stop }, 'run', 'job.yaml', '--json');
    expect(code).toBe(130);
    expect(JSON.parse(out)).toMatchObject({ state: 'waiting', makespanMs: null });
    expect(err).toContain('node approval will wait for the signal `approval`');
    expect(err).toContain('is lost');
  });

  test('--time-scale changes planned times and leaves limits alone', async () => {
    const text = `name: t
nodes:
  - { id: long, type: delay, delay: 1h, timeout: 2h }
  - { id: nap, type: function, handler: sleep, input: { ms: 1h }, expected: 1h }
`;
    const { code, out } = await runIn({ files: { 'j.yaml': text } }, 'run', 'j.yaml', '--json', '--time-scale', '0');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ state: 'completed' });
  });
});

describe('run on a store that is away', () => {
  const failure = { code: 'store_unavailable', message: 'The store is away.' };
  const text = 'name: s\nnodes: [{ id: approval, type: signal }]';

  /** An engine that asks in vain until `backAt`. Every wait moves the time on. */
  function awayUntil(backAt: number) {
    let now = 0;
    const clock: Clock = {
      now: () => now,
      async sleep(ms, signal) {
        await turnOrAbort(signal);
        now += ms;
      },
    };
    const engine = fakeEngine(clock.now);
    const away = { ...failure, since: 0 };
    const whenBack = <T>(ask: () => Promise<T>) =>
      now < backAt ? Promise.reject(new CodedError(failure.code, failure.message)) : ask();
    const asked: Engine = {
      ...engine,
      get: (jobId) => whenBack(() => engine.get(jobId)),
      whenEnded: (jobId) =>
        whenBack(async () => {
          engine.happens(jobId, { kind: 'cancelled', by: 'me' });
          return (await engine.get(jobId))!;
        }),
      health: () => ({ ...engine.health(), ...(now < backAt && { storeFailure: away }) }),
    };
    return { engine: asked, clock, files: { 'job.yaml': text } };
  }

  test('goes on when it comes back within the 20 s that were promised', async () => {
    const { code, out, err } = await runIn(awayUntil(19_000), 'run', 'job.yaml', '--json');
    expect(err).toContain('The store is away. It is tried again for 20 s.');
    expect(err).not.toContain('giving up');
    expect({ code, report: JSON.parse(out) as unknown }).toMatchObject({ code: 1, report: { state: 'aborted' } });
  });

  test('gives up in words after 20 s, and tells the job as it was last seen', async () => {
    const { code, out, err } = await runIn(awayUntil(Infinity), 'run', 'job.yaml', '--json');
    expect(err).toContain('giving up: The store is away.');
    expect({ code, report: JSON.parse(out) as unknown }).toMatchObject({ code: 1, report: { state: 'waiting' } });
  });

  test('ends at once for what no waiting helps', async () => {
    const { engine, ...parts } = awayUntil(0);
    const newer = new CodedError('store_too_new', 'Job s was written by a newer Breakwater.');
    const asked = { ...engine, whenEnded: () => Promise.reject(newer) };
    const { code, err } = await runIn({ ...parts, engine: asked }, 'run', 'job.yaml');
    expect(code).toBe(1);
    expect(err).toContain('written by a newer Breakwater');
    expect(err).not.toContain('giving up');
  });
});

describe('the command line', () => {
  test.each([
    [['wat'], /unknown command 'wat'/],
    [['run'], /missing required argument/],
    [['run', 'x', '--time-scale', '-1'], /0 or more/],
    [['run', 'x', '--time-scale', 'fast'], /0 or more/],
    [['run', 'x', '--format', 'xml'], /Allowed choices/],
    [['run', 'x', '--wat'], /unknown option/],
    [['run', 'no-such-file.yaml'], /cannot be read/],
    [[], /Usage: breakwater/],
  ])('%j is refused with 2', async (args, said) => {
    const { code, out, err } = await runIn({}, ...args);
    expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringMatching(said) });
  });

  test('--help and --version are answers and no faults', async () => {
    expect(await runIn({}, '--version')).toEqual({ code: 0, out: '0.0.0\n', err: '' });
    expect(await runIn({}, 'run', '--help')).toMatchObject({ code: 0, out: expect.stringContaining('--time-scale') });
  });
});
