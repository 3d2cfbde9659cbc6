import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { jobFromWfFormat, looksLikeWfFormat, parseJobSpec } from '../../shared/jobs/document/index.ts';
import { criticalPath, type JobSpec } from '../../shared/jobs/index.ts';

interface Task {
  id: string;
  parents?: string[];
  children?: string[];
}

function workflow(tasks: Task[], seconds: Record<string, number> = {}) {
  const runs = tasks.map(({ id }) => ({ id, runtimeInSeconds: seconds[id] ?? 1 }));
  return { name: 'wf', schemaVersion: '1.5', workflow: { specification: { tasks }, execution: { tasks: runs } } };
}

function specOf(document: unknown, timeScale = 1): JobSpec {
  const read = jobFromWfFormat(document, timeScale);
  if (read.kind === 'faults') throw new Error(JSON.stringify(read.faults));
  const parsed = parseJobSpec(read.document, 0);
  if (parsed.kind === 'faults') throw new Error(JSON.stringify(parsed.faults));
  return parsed.spec;
}

function faultsOf(document: unknown, timeScale = 1): string[] {
  const read = jobFromWfFormat(document, timeScale);
  return read.kind === 'document' ? [] : read.faults.map(({ path, message }) => `${path}: ${message}`);
}

describe('a workflow in WfFormat', () => {
  test('is known by its form, and a job document is not taken for one', () => {
    expect(looksLikeWfFormat(workflow([{ id: 'a' }]))).toBe(true);
    expect(looksLikeWfFormat({ schemaVersion: '1.4', workflow: {} })).toBe(true);
    expect(looksLikeWfFormat({ name: 'x', nodes: [] })).toBe(false);
    expect(looksLikeWfFormat({ name: 'x', workflow: 1, nodes: [] })).toBe(false);
    expect([null, 3, 'x', [], {}].some(looksLikeWfFormat)).toBe(false);
  });

  test('becomes a job whose nodes sleep for as long as the tasks ran', () => {
    const document = workflow([{ id: 'a' }, { id: 'b', parents: ['a'] }], { a: 2.5, b: 4 });
    expect(specOf(document, 0.01)).toEqual({
      name: 'wf',
      nodes: [
        { id: 'a', type: 'function', handler: 'sleep', input: { ms: 25 }, expected: 25 },
        { id: 'b', type: 'function', handler: 'sleep', dependsOn: ['a'], input: { ms: 40 }, expected: 40 },
      ],
    });
  });

  test('has an edge whether the parent, the child or both name it', () => {
    const spec = specOf(workflow([{ id: 'a', children: ['b', 'c'] }, { id: 'b', parents: ['a'] }, { id: 'c' }]));
    expect(spec.nodes.map(({ dependsOn }) => dependsOn)).toEqual([undefined, ['a'], ['a']]);
  });

  test('keeps good ids and makes good ones of the others, each its own', () => {
    const ids = ['a b', 'a_b', 'a/b', 'x'.repeat(250), 'x'.repeat(251), 'ok.1', 'ü'];
    const tasks = ids.map((id, place) => (place === 0 ? { id } : { id, parents: [ids[place - 1]!] }));
    const nodes = specOf(workflow(tasks)).nodes;
    const given = nodes.map(({ id }) => id);
    expect(given).toEqual(['a_b~2', 'a_b', 'a_b~3', 'x'.repeat(200), `${'x'.repeat(190)}~2`, 'ok.1', '_']);
    expect(nodes.slice(1).map(({ dependsOn }) => dependsOn![0])).toEqual(given.slice(0, -1));
  });

  test('without a name has one all the same', () => {
    expect(specOf({ ...workflow([{ id: 'a' }]), name: '\n' }).name).toBe('workflow');
  });

  test.each<[string, unknown, string[]]>([
    ['no object', 3, [': must be an object', 'workflow.specification.tasks: must be a list of at least one task']],
    [
      'another version',
      { ...workflow([{ id: 'a' }]), schemaVersion: '1.3' },
      ['schemaVersion: must be "1.5", but is "1.3"'],
    ],
    ['no tasks', workflow([]), ['workflow.specification.tasks: must be a list of at least one task']],
    [
      'an unknown parent',
      workflow([{ id: 'split' }, { id: 'b', parents: ['split', 'splti'] }]),
      ['workflow.specification.tasks[1].parents[1]: there is no task "splti"; did you mean `split`?'],
    ],
    [
      'an unknown child',
      workflow([{ id: 'a', children: ['zzz'] }]),
      ['workflow.specification.tasks[0].children[0]: there is no task "zzz"'],
    ],
    [
      'a duplicate id',
      workflow([{ id: 'a' }, { id: 'a' }]),
      ['workflow.specification.tasks[1].id: `a` is the id of an earlier task, too'],
    ],
    [
      'a task without id',
      workflow([{ id: '' }]),
      ['workflow.specification.tasks[0].id: must be a text', 'workflow.execution.tasks[0].id: there is no task ""'],
    ],
    [
      'a negative run time',
      workflow([{ id: 'a' }], { a: -1 }),
      ['workflow.execution.tasks[0].runtimeInSeconds: must be 0 or more, but is -1'],
    ],
    [
      'no run time',
      { schemaVersion: '1.5', workflow: { specification: { tasks: [{ id: 'a' }] } } },
      ['workflow.specification.tasks[0]: task `a` has no run time in `workflow.execution.tasks`'],
    ],
  ])('%s is a fault', (_, document, faults) => {
    expect(faultsOf(document)).toEqual(faults);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('a time scale of %d is a fault', (timeScale) => {
    expect(faultsOf(workflow([{ id: 'a' }]), timeScale)).toEqual([`timeScale: must be 0 or more, but is ${timeScale}`]);
  });

  test('of a cycle is left for the job document to refuse', () => {
    const read = jobFromWfFormat(
      workflow([
        { id: 'a', parents: ['b'] },
        { id: 'b', parents: ['a'] },
      ]),
      1,
    );
    expect(read.kind === 'document' && parseJobSpec(read.document, 0)).toMatchObject({
      faults: [{ path: 'nodes[0].dependsOn[0]', message: 'closes a cycle: a → b → a' }],
    });
  });
});

describe('recorded workflows', () => {
  const recorded = recordedWorkflows();
  if (recorded.length === 0) {
    test.skip('the recorded workflows of WfCommons are not there: point BREAKWATER_WFINSTANCES to them', () => {});
    return;
  }

  test.each(recorded)('%s is read whole', (_, path) => {
    const document = JSON.parse(readFileSync(path, 'utf8'));
    const tasks = document.workflow.specification.tasks as Required<Task>[];
    expect(looksLikeWfFormat(document)).toBe(true);
    const spec = specOf(document, 0.001);
    expect(spec.nodes.map(({ id }) => id)).toEqual(tasks.map(({ id }) => id));
    const edges = new Set(
      tasks.flatMap(({ id, parents, children }) => [
        ...parents.map((each) => `${each} ${id}`),
        ...children.map((each) => `${id} ${each}`),
      ]),
    );
    expect(spec.nodes.reduce((sum, { dependsOn = [] }) => sum + dependsOn.length, 0)).toBe(edges.size);
    expect(criticalPath(spec, (index) => spec.nodes[index]!.expected!).ms).toBeGreaterThan(0);
  });

  function recordedWorkflows(): [string, string][] {
    const folder =
      process.env['BREAKWATER_WFINSTANCES'] ?? join(import.meta.dirname, '../../../shared/data/wfinstances');
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => [name, join(folder, name)]);
  }
});
