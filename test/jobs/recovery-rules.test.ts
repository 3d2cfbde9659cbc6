import { describe, expect, test } from '@jest/globals';
import { parseJobSpec } from '../../shared/jobs/document/index.ts';
import type { JobSpec } from '../../shared/jobs/index.ts';
import { claim, jobFrom, node, play, submittedAt, succeed } from './a-story.ts';

const call = (id: string, more: object = {}) => ({ id, type: 'function', handler: 'work', ...more });

function faultsOf(document: unknown): string[] {
  const parsed = parseJobSpec(document, 0);
  return parsed.kind === 'faults' ? parsed.faults.map(({ path, message }) => `${path}: ${message}`) : [];
}
function specOf(document: unknown): JobSpec {
  const parsed = parseJobSpec(document, 0);
  if (parsed.kind === 'faults') throw new Error(JSON.stringify(parsed.faults));
  return parsed.spec;
}

/** Of the rules of a node, without the way to them. */
const ofNode = (recovery: unknown, more: object = {}) =>
  faultsOf({ name: 'j', nodes: [call('a', { ...more, recovery })] }).map((each) =>
    each.replace(/^nodes\[0\]\.recovery(\[0\])?\.?/, ''),
  );
const ofJob = (recovery: unknown) => faultsOf({ name: 'j', recovery, nodes: [call('a')] });

describe('the recovery rules of a spec', () => {
  test('stand in a job, its nodes and the nodes of its maps, with one finding or several, and durations as texts', () => {
    const rules = [
      { on: 'timeout', do: 'retry', times: 2, delay: '90s' },
      { on: ['http_503', 'lost_lease'], do: 'requeue', priority: 0, target: 'https://b.example/${job.input.path}' },
      { on: '*', do: 'escalate', to: 'https://desk.example/hook' },
    ];
    const http = { type: 'http', url: 'https://a.example', recovery: rules };
    const item = { type: 'function', handler: 'work', recovery: [{ on: '*', do: 'skip' }] };
    const spec = specOf({
      name: 'j',
      recovery: [
        { on: 'failed_node', do: 'restore', checkpoint: 'mine' },
        { on: ['deadline'], do: 'rollback' },
      ],
      nodes: [
        { id: 'a', ...http },
        { id: 'm', type: 'map', over: [1], node: item },
      ],
    });
    expect(spec.recovery).toEqual([
      { on: ['failed_node'], do: 'restore', checkpoint: 'mine' },
      { on: ['deadline'], do: 'rollback' },
    ]);
    expect(spec.nodes[0]!.recovery).toMatchObject([{ on: ['timeout'], delay: 90_000 }, { priority: 0 }, { on: ['*'] }]);
    expect(spec.nodes[1]).toMatchObject({ node: { recovery: [{ on: ['*'], do: 'skip' }] } });
    expect(specOf(spec)).toEqual(spec);
  });

  test.each(['desk', 'the night shift', 'topic:on-call', 'http://desk.example/hook', 'ops@example.com'])(
    'somebody to tell may be %s',
    (to) => expect(ofNode([{ on: '*', do: 'escalate', to }])).toEqual([]),
  );

  test.each<[string, unknown, string[]]>([
    [
      'an action that is not there',
      [{ on: '*', do: 'rolback' }],
      [
        'do: must be one of `retry`, `skip`, `requeue`, `rollback`, `restore`, `escalate`, `abort`, but is "rolback"; did you mean `rollback`?',
      ],
    ],
    ['no finding', [{ do: 'skip' }], ['on: is missing']],
    ['an empty list of findings', [{ on: [], do: 'skip' }], ['on: must have at least 1 entries']],
    [
      'a field that is not there',
      [{ on: '*', do: 'retry', time: 2 }],
      ['time: is no field here; did you mean `times`?'],
    ],
    ['no rule', [], [': must have at least 1 entries']],
    ['no list', { on: '*', do: 'skip' }, [': must be a list, but is an object']],
    ['times below 1', [{ on: '*', do: 'retry', times: 0 }], ['times: must be at least 1']],
    [
      'times of what ends the matter',
      [{ on: '*', do: 'skip', times: 2 }],
      ['times: means nothing with `do: skip`; it goes with `retry`, `requeue`, `restore`'],
    ],
    [
      'fields of other actions',
      [{ on: '*', do: 'abort', delay: 1, priority: 1, target: 'x', checkpoint: 'c', to: 'me' }],
      [
        'delay: means nothing with `do: abort`; it goes with `retry`, `requeue`',
        'priority: means nothing with `do: abort`; it goes with `requeue`',
        'target: means nothing with `do: abort`; it goes with `requeue`',
        'checkpoint: means nothing with `do: abort`; it goes with `restore`',
        'to: means nothing with `do: abort`; it goes with `escalate`',
      ],
    ],
    ['a priority that is none', [{ on: '*', do: 'requeue', priority: 10 }], ['priority: must be at most 9']],
    [
      'a finding about a job',
      [{ on: ['timeout', 'deadline'], do: 'retry' }],
      ["on: names `deadline`, which is found of a job: it goes with the job's own `recovery`"],
    ],
    [
      'a handler with references',
      [{ on: '*', do: 'requeue', target: '${job.input}' }],
      ['target: takes no references'],
    ],
    [
      'an address of another kind',
      [{ on: '*', do: 'escalate', to: 'ftp://desk.example' }],
      ['to: must be an http or https address, `topic:NAME`, or the name of a person or a team'],
    ],
    ['a topic without a name', [{ on: '*', do: 'escalate', to: 'topic:' }], ['to: must name the topic: `topic:NAME`']],
    [
      'an address with references',
      [{ on: '*', do: 'escalate', to: 'topic:${job.input}' }],
      ['to: takes no references'],
    ],
    [
      'a checkpoint with a space',
      [{ on: '*', do: 'restore', checkpoint: 'before a.r1' }],
      ['checkpoint: must have 1 to 200 characters out of letters, digits and `_ . : # @ + = ~ -`'],
    ],
  ])('%s is refused in words', (_, rules, faults) => {
    expect(ofNode(rules)).toEqual(faults);
  });

  test('a rule behind one that takes whatever it is would never be reached', () => {
    const rules = [
      { on: 'timeout', do: 'retry' },
      { on: '*', do: 'skip' },
      { on: 'dead_letter', do: 'abort' },
    ];
    expect(ofJob(rules)).toEqual(['recovery[2]: is never reached: rule 2 takes whatever it is']);
    expect(
      ofJob([
        { on: '*', do: 'rollback' },
        { on: '*', do: 'abort' },
      ]),
    ).toEqual([]);
  });

  test('more rules than the limit are counted before they are read', () => {
    const rules = Array.from({ length: 51 }, () => ({ on: '*', do: 'nothing' }));
    expect(ofJob(rules)).toEqual(['recovery: has 51 entries; the most is 50']);
  });

  test('what a node has not got, or cannot do, its rules cannot ask for', () => {
    const rule = { on: '*', do: 'requeue', delay: '1s', target: 'work', priority: 1 };
    const recovery = [rule];
    const item = { type: 'function', handler: 'work', recovery };
    const child = { name: 'c', nodes: [call('x', { recovery: [{ on: '*', do: 'retry', delay: 5 }] })] };
    const nodes = [
      { id: 'wait', type: 'signal', recovery },
      { id: 'm', type: 'map', over: [1], node: item },
      { id: 'j', type: 'job', job: child, recovery },
      { id: 'h', type: 'http', url: 'https://a.example', recovery: [{ on: '*', do: 'requeue', target: 'work' }] },
    ];
    expect(faultsOf({ name: 'j', nodes })).toEqual([
      "nodes[0].recovery[0].delay: means nothing here: a `signal` node can't be put off",
      'nodes[0].recovery[0].target: means nothing here: a `signal` node calls nothing',
      "nodes[1].node.recovery[0].target: means nothing here: a map's items share it; it goes with the map's own node",
      "nodes[1].node.recovery[0].priority: means nothing here: a map's items share it; it goes with the map's own node",
      'nodes[2].recovery[0].target: means nothing here: a `job` node calls nothing',
      'nodes[3].recovery[0].target: must be an http or https address',
    ]);
    expect(ofJob([{ on: '*', do: 'requeue', target: 'work' }])).toEqual([
      'recovery[0].target: means nothing here: the nodes of a job call different things; it goes with a node',
    ]);
  });

  test('a job that has run out of time can be taken back, told of or ended, and no more', () => {
    expect(ofJob([{ on: 'deadline', do: 'retry' }])).toEqual([
      "recovery[0].do: can't help a job that has run out of time; `rollback`, `escalate`, `abort` can",
    ]);
    expect(ofJob([{ on: ['deadline', 'timeout'], do: 'retry' }])).toEqual([]);
  });

  test('a compensation has no rules: when it fails, somebody is asked', () => {
    const compensate = { type: 'function', handler: 'undo', recovery: [{ on: '*', do: 'skip' }] };
    expect(faultsOf({ name: 'j', nodes: [call('a', { compensate })] })).toEqual([
      'nodes[0].compensate.recovery: is no field here',
    ]);
  });
});

describe('the checkpoints of a spec', () => {
  const restore = (checkpoint: string) => [{ on: '*', do: 'restore', checkpoint }];

  test('a misspelt one is refused; one that no node takes may be captured by an operator', () => {
    const nodes = [call('a', { checkpoint: 'loaded' })];
    expect(faultsOf({ name: 'j', recovery: restore('laoded'), nodes })).toEqual([
      'recovery[0].checkpoint: no node takes a checkpoint `laoded`; did you mean `loaded`?',
    ]);
    expect(faultsOf({ name: 'j', recovery: restore('approved-by-hand'), nodes })).toEqual([]);
  });

  test("a map's item takes none", () => {
    const item = { type: 'function', handler: 'work', checkpoint: 'c' };
    expect(faultsOf({ name: 'j', nodes: [{ id: 'm', type: 'map', over: [1], node: item }] })).toEqual([
      'nodes[0].node.checkpoint: is no field here',
    ]);
  });

  test('so many names that the oldest would be lost are refused, and so many nodes that take them', () => {
    const taking = (count: number, name: (at: number) => string) =>
      Array.from({ length: count }, (_, at) => call(`n${at}`, { checkpoint: name(at) }));
    expect(faultsOf({ name: 'j', nodes: taking(17, (at) => `c${at}`) })).toEqual([
      'nodes[15].checkpoint: is one name too many: a job has 15 checkpoints at most',
    ]);
    expect(faultsOf({ name: 'j', nodes: taking(102, () => 'same') })).toEqual([
      'nodes[100].checkpoint: is one too many: 100 nodes of a job take checkpoints at most',
    ]);
    expect(faultsOf({ name: 'j', nodes: taking(100, (at) => `c${at % 15}`) })).toEqual([]);
  });

  test('the state is captured when the node succeeds, by a line of the same event, and not when it fails', () => {
    const job = jobFrom({ name: 'j', nodes: [node('a', [], { checkpoint: 'loaded' }), node('b', ['a'])] });
    const loaded = play(job, [
      [1, claim(0)],
      [2, succeed(0)],
    ]);
    expect(loaded.header.checkpoints).toMatchObject([{ name: 'loaded', at: submittedAt + 2, by: 'a', nodes: 2 }]);
    const failed = play(job, [
      [1, claim(0)],
      [2, { kind: 'failed', node: 0, attempt: 1, failure: { code: 'x', message: 'x', retryable: false }, chance: 0 }],
    ]);
    expect(failed.header.checkpoints).toBeUndefined();
    const again = play(loaded, [
      [3, claim(1)],
      [4, { kind: 'failed', node: 1, attempt: 1, failure: { code: 'x', message: 'x', retryable: false }, chance: 0 }],
      [5, { kind: 'restored', checkpoint: 'loaded', by: 'ada' }],
    ]);
    expect(again.pages[0]!.nodes.map(({ state }) => state)).toEqual(['succeeded', 'ready']);
  });

  test('a rule that names none goes back to the newest of before, and not to the state in which it acts', () => {
    const nodes = [node('a', [], { checkpoint: 'loaded' }), node('b', ['a']), node('c', ['b'])];
    const job = jobFrom({ name: 'j', recovery: [{ on: '*', do: 'restore' }], nodes });
    const failure = { code: 'x', message: 'x', retryable: false };
    const restored = play(job, [
      [1, claim(0)],
      [2, succeed(0)],
      [3, claim(1)],
      [4, succeed(1)],
      [5, claim(2)],
      [6, { kind: 'failed', node: 2, attempt: 1, failure, chance: 0 }],
    ]);
    expect(restored.pages[0]!.nodes.map(({ state }) => state)).toEqual(['succeeded', 'ready', 'blocked']);
  });
});
