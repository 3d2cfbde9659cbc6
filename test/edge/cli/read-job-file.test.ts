import { describe, expect, test } from '@jest/globals';
import { locateFaults, readDocument, stepsOf } from '../../../shared/edge/cli/read-document.ts';
import { runIn } from './a-world.ts';

const broken = `name: broken
colour: red
nodes:
  - id: a
    type: function
    handler: echo
    dependsOn: [c]
  - id: b
    type: delay
    delay: -5
    dependsOn:
      - a
      - nope
  - { id: c, type: function, handler: echo, dependsOn: [a] }
`;

describe('a job file with faults', () => {
  test('every fault is told with its line and column, and the exit code is 2', async () => {
    const ended = await runIn({ files: { 'job.yaml': broken } }, 'validate', 'job.yaml');
    expect(ended.err.trim().split('\n').sort()).toEqual([
      'job.yaml:10:5: nodes[1].delay: must not be negative',
      'job.yaml:13:9: nodes[1].dependsOn[1]: there is no node `nope`',
      'job.yaml:2:1: colour: is no field here',
      'job.yaml:7:17: nodes[0].dependsOn[0]: closes a cycle: a → c → a',
    ]);
    expect(ended).toMatchObject({ code: 2, out: '' });
  });

  test('a JSON file has lines, too, however it is indented', async () => {
    const text = '{\n\t"name": "x",\n\t"nodes": [\n\t\t{ "id": "a",\n\t\t  "type": "delay", "delay": -1 } ] }';
    const ended = await runIn({ files: { 'job.json': text } }, 'run', 'job.json', '--store', 'memory');
    expect(ended).toMatchObject({ code: 2, err: 'job.json:5:22: nodes[0].delay: must not be negative\n' });
  });

  test('what is missing is told at what it is missing from', async () => {
    const text = 'name: x\nnodes:\n  - id: a\n    type: delay\n  - id: b\n    type: function\n';
    const { err } = await runIn({ files: { 'job.yaml': text } }, 'validate', 'job.yaml');
    expect(err).toMatch(/^job\.yaml:3:5: nodes\[0\]/m);
    expect(err).toMatch(/^job\.yaml:5:5: nodes\[1\]/m);
  });

  test.each([
    ['job.json', '{"name": "x",\n "nodes": [,]}', 'job.json:2:12: the file is no JSON from here on\n'],
    ['job.json', '{"name": "x",\n "name": "y"}', 'job.json:2:2: the key `name` stands twice in one object\n'],
    ['job.json', '', 'job.json:1:1: the file is empty\n'],
    ['job.yaml', 'name: x\nnodes: *x\n', 'job.yaml:2:8: no anchor `x` stands before this\n'],
    ['job.yaml', 'name: x\nname: y\n', 'job.yaml:2:1: this key stands twice in the same map\n'],
  ])('malformed: %s %j', async (name, text, said) => {
    expect(await runIn({ files: { [name]: text } }, 'validate', name)).toMatchObject({ code: 2, err: said });
  });

  test('aliases that unfold to gigabytes are refused', async () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let depth = 1; depth < 9; depth++) lines.push(`a${depth}: &a${depth} [${`*a${depth - 1}, `.repeat(9)}]`);
    expect((await readDocument('bomb.yaml', lines.join('\n'))).kind).toBe('faults');
  });

  test('--json tells the faults as data, too', async () => {
    const ended = await runIn({ files: { 'job.yaml': broken } }, 'validate', 'job.yaml', '--json');
    const told = JSON.parse(ended.out) as { valid: boolean; faults: unknown[] };
    expect(told.valid).toBe(false);
    expect(told.faults).toContainEqual({ path: 'colour', message: 'is no field here', line: 2, column: 1 });
  });

  test('a fault of a recorded workflow is told at its task', async () => {
    const text = JSON.stringify(
      {
        name: 'w',
        schemaVersion: '1.5',
        workflow: {
          specification: {
            tasks: [
              { id: 'a', parents: ['b'] },
              { id: 'b', parents: ['a'] },
            ],
          },
          execution: {
            tasks: [
              { id: 'a', runtimeInSeconds: 1 },
              { id: 'b', runtimeInSeconds: 1 },
            ],
          },
        },
      },
      null,
      1,
    );
    const { code, err } = await runIn({ files: { 'w.json': text } }, 'validate', 'w.json');
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/^w\.json:\d+:\d+: workflow\.specification\.tasks\[\d\]: .*→/),
    });
  });
});

describe('a path of a fault', () => {
  test('is taken apart into its steps', () => {
    expect(stepsOf('nodes[3].input["a \\" b"].ms')).toEqual(['nodes', 3, 'input', 'a " b', 'ms']);
    expect(stepsOf('')).toEqual([]);
  });

  test('is followed through aliases', async () => {
    const text = 'base: &base\n  delay: -1\nnodes:\n  - *base\n';
    const [located] = await locateFaults(text, [{ path: 'nodes[0].delay', message: 'no' }]);
    expect(located).toMatchObject({ line: 2, column: 3 });
  });
});
