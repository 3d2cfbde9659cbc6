import { beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { Json } from '../../../shared/core/json.ts';
import { type PolicyLookup, parseJobSpec } from '../../../shared/jobs/document/index.ts';
import { anEngine } from '../../support/an-engine.ts';
import { aPorch, type Porch } from '../api/a-porch.ts';
import { runIn } from './a-world.ts';

const careful = `strategy: custom
delays: [1s, 90s, 5m]
maxAttempts: 4
nonRetryable: [card_stolen, http_422]
rules:
  - { on: { status: 5xx }, retry: true }
  - { on: { code: broken }, retry: false }
`;

const job = (retry: string, handler = 'noop') =>
  `name: x\nnodes:\n  - id: a\n    type: function\n    handler: ${handler}\n    retry: ${retry}\n`;

describe('breakwater policies', () => {
  let porch: Porch;
  beforeEach(() => {
    porch = aPorch();
  });

  const files = { 'careful.yaml': careful, 'bold.json': '{ "maxAttempts": 9 }' };
  const ask = (more: Readonly<Record<string, string>>, ...args: string[]) =>
    runIn({ files: { ...files, ...more }, fetch: (url, init) => porch.api.fetch(new Request(url, init)) }, ...args);
  const policies = (...args: string[]) => ask({}, 'policies', ...args);

  test('put writes the first version and then the next, and prints which', async () => {
    expect(await policies('put', 'careful', 'careful.yaml')).toEqual({ code: 0, out: 'careful version 1\n', err: '' });
    expect(await policies('put', 'careful', 'bold.json')).toEqual({ code: 0, out: 'careful version 2\n', err: '' });
    expect(await porch.policies.get('retry', 'careful')).toMatchObject({ body: { maxAttempts: 9 }, by: 'cli:test' });
  });

  test('put of NAME@VERSION replaces that version or nothing', async () => {
    await policies('put', 'careful', 'careful.yaml');
    await policies('put', 'careful', 'bold.json');
    expect(await policies('put', 'careful@1', 'careful.yaml')).toEqual({
      code: 1,
      out: '',
      err: 'breakwater: the newest version of retry policy `careful` is 2, not 1. `breakwater policies get NAME` shows it.\n',
    });
    expect((await policies('put', 'careful@2', 'careful.yaml')).out).toBe('careful version 3\n');
  });

  test('put names every fault of the file with its line, and asks nobody', async () => {
    const wrong = 'strategy: fixed\ndelay: 2m\nmaxDelay: 1m\nattempts: 3\n';
    expect(await runIn({ files: { 'p.yaml': wrong } }, 'policies', 'put', 'careful', 'p.yaml')).toEqual({
      code: 2,
      out: '',
      err: [
        'p.yaml:4:1: attempts: is no field here\n',
        'p.yaml:3:1: maxDelay: is 60000 ms, less than `delay`, 120000 ms\n',
      ].join(''),
    });
  });

  test('get shows all that it says, as one writes it', async () => {
    await policies('put', 'careful', 'careful.yaml');
    const { out } = await policies('get', 'careful');
    expect(out).toBe(`careful version 1  2031-01-01T00:00:00.000Z by cli:test
  strategy      custom
  maxAttempts   4
  delays        1s 90s 5m
  nonRetryable  card_stolen http_422
  rules         {"on":{"status":["5xx"]},"retry":true}
                {"on":{"code":["broken"]},"retry":false}
`);
    expect((await policies('get', 'careful@2')).err).toContain('it has no version 2');
  });

  test('without a further word it lists them, no line wider than 80 columns', async () => {
    await policies('put', 'careful', 'careful.yaml');
    await policies('put', 'bold', 'bold.json');
    const { out, err } = await ask({}, 'policies');
    expect(out.split('\n')).toEqual([
      'bold       1  2031-01-01 00:00  exponential, maxAttempts 9',
      'careful    1  2031-01-01 00:00  custom, maxAttempts 4, delays 1s 90s 5m, nonRet…',
      '',
    ]);
    expect([err, Math.max(...out.split('\n').map((line) => line.length))]).toEqual(['', 80]);
  });

  test('get --versions lists all that are kept', async () => {
    await policies('put', 'careful', 'careful.yaml');
    await policies('put', 'careful', 'bold.json');
    const { out } = await policies('get', 'careful', '--versions');
    expect(out.split('\n').map((line) => line.slice(0, 12))).toEqual(['careful    2', 'careful    1', '']);
  });

  test('pages are asked for with the token that the page before told', async () => {
    expect(await policies('list')).toEqual({ code: 0, out: '', err: 'no policies\n' });
    await policies('put', 'a', 'bold.json');
    await policies('put', 'b', 'bold.json');
    const { out, err } = await policies('list', '--size', '1');
    const [, token] = /^more with --page-token (\S+)\n$/.exec(err)!;
    expect([out.slice(0, 1), (await policies('list', '--page-token', token!)).out.slice(0, 1)]).toEqual(['a', 'b']);
  });

  test('--json prints what the API answered, for each of them', async () => {
    const said = async (...args: string[]) => JSON.parse((await policies(...args, '--json')).out) as Json;
    expect(await said('put', 'careful', 'bold.json')).toMatchObject({ name: 'careful', version: 1 });
    expect(await said('get', 'careful')).toMatchObject({ policy: { maxAttempts: 9 } });
    expect(await said('get', 'careful', '--versions')).toMatchObject({ versions: [{ version: 1 }] });
    expect(await said()).toMatchObject({ policies: [{ name: 'careful' }], page: { has_next: false } });
    expect(await said('delete', 'careful')).toEqual({ name: 'careful', version: 1 });
  });

  test('delete takes the name or the name with its newest version', async () => {
    await policies('put', 'careful', 'careful.yaml');
    expect((await policies('delete', 'careful@7')).code).toBe(1);
    expect((await policies('delete', 'careful@1')).out).toBe('careful deleted, its last version was 1\n');
    expect(await policies('delete', 'careful')).toEqual({
      code: 1,
      out: '',
      err: 'breakwater: there is no retry policy `careful`. `breakwater policies` shows those that there are.\n',
    });
  });

  test('submit leaves names to the engine, also at another pace, and tells its answer at the place in the file', async () => {
    const named = { 'j.yaml': job('careful') };
    expect(await ask(named, 'submit', 'j.yaml')).toEqual({
      code: 2,
      out: '',
      err: 'j.yaml:6:5: nodes[0].retry: there is no retry policy `careful`\n',
    });
    await policies('put', 'careful', 'bold.json');
    for (const args of [[], ['--time-scale', '0.5']]) {
      const { out } = await ask(named, 'submit', 'j.yaml', ...args);
      const { spec } = (await porch.engine.get(out.trim()))!;
      expect(spec.nodes[0]!.retry).toEqual({ maxAttempts: 9, policy: { name: 'careful', version: 1 } });
    }
  });

  test('validate says which names only an engine knows, and asks one that is named', async () => {
    const named = { 'j.yaml': job('{ policy: careful, version: 2 }') };
    const alone = await ask(named, 'validate', 'j.yaml');
    expect([alone.code, alone.err]).toEqual([
      0,
      'only an engine knows the retry policy `careful`: ask one with --url\n',
    ]);
    const asked = await ask(named, 'validate', 'j.yaml', '--url', 'http://e');
    expect(asked).toMatchObject({
      code: 2,
      err: 'j.yaml:6:14: nodes[0].retry.policy: there is no retry policy `careful`\n',
    });
  });
});

describe('breakwater run', () => {
  const files = { 'j.yaml': job('careful', 'flaky') };

  test('takes the policies of its store', async () => {
    let calls = 0;
    const flaky = () => {
      calls++;
      throw new Error('never');
    };
    const named = { careful: { strategy: 'immediate', maxAttempts: 7 } };
    expect((await runIn({ files, handlers: { flaky }, named }, 'run', 'j.yaml')).code).toBe(1);
    expect(calls).toBe(7);
  });

  test('goes on with an unfinished run of the same words, whatever became of the policy', async () => {
    const held = await anEngine({ register: (engine) => engine.registerHandler('noop', () => null) });
    const waiting = `${job('careful')}  - { id: go, type: signal, dependsOn: [a] }\n`;
    const known: PolicyLookup = () => ({ kind: 'found', version: 8, policy: { maxAttempts: 2 } });
    const earlier = parseJobSpec(parse(waiting), 0, false, known);
    const other = parseJobSpec(parse(waiting.replace('careful', 'bold')), 0, false, known);
    if (earlier.kind === 'faults' || other.kind === 'faults') throw new Error('unsound');
    const { jobId } = (await held.engine.submit(earlier.spec)) as { jobId: string };
    await held.engine.submit(other.spec);
    await held.clock.advance(0);
    const ran = await runIn({ files: { 'j.yaml': waiting }, engine: held.engine }, 'run', 'j.yaml', '--signal', 'go=1');
    expect([ran.code, ran.err]).toEqual([0, expect.stringContaining(`going on with job ${jobId}`)]);
  });

  test('says what to do where its store has no such policy', async () => {
    const { code, err } = await runIn({ files, handlers: { flaky: () => 1 } }, 'run', 'j.yaml');
    expect([code, err.split('\n')]).toEqual([
      2,
      [
        'a retry policy with a name is looked for in memory: write it out in the file, run it with --store on the store that has it, or `breakwater submit` it to an engine',
        'j.yaml:6:5: nodes[0].retry: there is no retry policy `careful`',
        '',
      ],
    ]);
  });
});
