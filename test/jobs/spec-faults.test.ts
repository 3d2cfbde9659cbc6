import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { faultList } from '../../shared/jobs/document/fault.ts';
import { parseJobSpec } from '../../shared/jobs/document/index.ts';
import { plainJson } from '../../shared/jobs/document/plain-json.ts';
import { type JobSpec, limits } from '../../shared/jobs/index.ts';

const now = Date.parse('2030-01-01T00:00:00Z');
const fn = (id: string, ...dependsOn: string[]) => ({ id, type: 'function', handler: 'noop', dependsOn });
const job = (...nodes: unknown[]) => ({ name: 'j', nodes });

function specOf(document: unknown): JobSpec {
  const parsed = parseJobSpec(document, now);
  if (parsed.kind === 'faults') throw new Error(JSON.stringify(parsed.faults, null, 1));
  return parsed.spec;
}

function faultsOf(document: unknown): string[] {
  const parsed = parseJobSpec(document, now);
  return parsed.kind === 'spec' ? [] : parsed.faults.map(({ path, message }) => `${path}: ${message}`);
}

describe('the form of a document', () => {
  test.each<[string, unknown, string[]]>([
    ['no object', 3, [': must be an object, but is 3']],
    ['nothing', undefined, [': is a value of type undefined, which JSON does not have']],
    ['an empty object', {}, ['name: is missing', 'nodes: is missing']],
    ['0 nodes', job(), ['nodes: must have at least 1 entries']],
    ['an unknown field', { ...job(fn('a')), nmae: 1 }, ['nmae: is no field here; did you mean `name`?']],
    [
      'an unknown field deep down',
      job({ ...fn('a'), retry: { dealy: 1, 'odd one': 2 } }),
      ['nodes[0].retry.dealy: is no field here; did you mean `delay`?', 'nodes[0].retry["odd one"]: is no field here'],
    ],
    ['a field of another type of node', job({ ...fn('a'), url: 'https://x.y' }), ['nodes[0].url: is no field here']],
    [
      'an unknown type',
      job({ id: 'a', type: 'htp' }),
      [
        'nodes[0].type: must be one of `http`, `pubsub`, `function`, `delay`, `signal`, `choice`, `map`, `job`, but is "htp"; did you mean `http`?',
      ],
    ],
    [
      'no type',
      job({ id: 'a' }),
      [
        'nodes[0].type: is missing; it is one of `http`, `pubsub`, `function`, `delay`, `signal`, `choice`, `map`, `job`',
      ],
    ],
    [
      'a bad id',
      job(fn('a b')),
      ['nodes[0].id: must have 1 to 200 characters out of letters, digits and `_ . : # @ + = ~ -`'],
    ],
    [
      'a long id',
      job(fn('a'.repeat(201))),
      ['nodes[0].id: must have 1 to 200 characters out of letters, digits and `_ . : # @ + = ~ -`'],
    ],
    ['a wrong type of value', { ...job(fn('a')), priority: 'high' }, ['priority: must be a number, but is "high"']],
    ['a fraction', { ...job(fn('a')), priority: 1.5 }, ['priority: must be a whole number, but is 1.5']],
    ['a priority too high', { ...job(fn('a')), priority: 10 }, ['priority: must be at most 9']],
    ['a negative delay', job({ id: 'a', type: 'delay', delay: -1 }), ['nodes[0].delay: must not be negative']],
    [
      'a negative delay as text',
      job({ id: 'a', type: 'delay', delay: '-5s' }),
      [expect.stringContaining('nodes[0].delay: must be a number') as never],
    ],
    [
      'a negative retry delay',
      job({ ...fn('a'), retry: { delay: -1 } }),
      ['nodes[0].retry.delay: must not be negative'],
    ],
    ['a timeout of 0', job({ ...fn('a'), timeout: 0 }), ['nodes[0].timeout: must be more than 0']],
    [
      'a delay that is too long',
      job({ id: 'a', type: 'delay', delay: '400d' }),
      ['nodes[0].delay: must not be longer than 366 days'],
    ],
    ['0 attempts', job({ ...fn('a'), retry: { maxAttempts: 0 } }), ['nodes[0].retry.maxAttempts: must be at least 1']],
    ['a factor below 1', { ...job(fn('a')), retry: { factor: 0.5 } }, ['retry.factor: must be at least 1']],
    [
      'maxDelay below delay',
      job({ ...fn('a'), retry: { delay: '2s', maxDelay: 1_000 } }),
      ['nodes[0].retry.maxDelay: is 1000 ms, less than `delay`, 2000 ms'],
    ],
    [
      'a bad address',
      job({ id: 'a', type: 'http', url: 'ftp://x' }),
      ['nodes[0].url: must be an http or https address'],
    ],
    [
      'a bad header',
      job({ id: 'a', type: 'http', url: 'http://x', headers: { 'a b': 'x', c: 'x\r\ny' } }),
      ['nodes[0].headers["a b"]: is no name of a header', 'nodes[0].headers.c: must be a single line'],
    ],
    [
      'a map over a number',
      job({ id: 'a', type: 'map', over: 3, node: { type: 'delay', delay: 1 } }),
      ['nodes[0].over: must be a list of at most 10000 entries, or a template that gives one'],
    ],
    [
      'a map of signals',
      job({ id: 'a', type: 'map', over: [], node: { type: 'signal' } }),
      [expect.stringContaining('nodes[0].node.type: must be one of') as never],
    ],
    [
      'an id in a map',
      job({ id: 'a', type: 'map', over: [], node: { type: 'delay', delay: 1, id: 'x' } }),
      ['nodes[0].node.id: is no field here'],
    ],
    [
      'no number',
      job({ ...fn('a'), input: { x: [Number.NaN] } }),
      ['nodes[0].input.x[0]: is NaN, which JSON does not have'],
    ],
    [
      'a date',
      job({ ...fn('a'), input: new Date(0) }),
      ['nodes[0].input: is a value of type Date, which JSON does not have'],
    ],
    [
      'a key that leads to a prototype',
      JSON.parse('{"name":"x","nodes":[],"input":{"__proto__":{}}}'),
      ['input.__proto__: is a key that is not taken'],
    ],
  ])('%s is a fault', (_, document, faults) => {
    expect(faultsOf(document)).toEqual(faults);
  });

  test.each<[string, unknown, string[]]>([
    ['two kinds', { value: 1, all: [] }, ['when: must have exactly one of `all`, `any`, `not` and `value`']],
    ['nothing', {}, ['when: must have exactly one of `all`, `any`, `not` and `value`']],
    ['no operator', { not: { value: 1 } }, ['when.not: must compare with something: `equals`, `gt`, `in`, `exists` …']],
    ['an operator beside a group', { any: [], equals: 1 }, ['when: takes no operators beside `any`']],
    [
      'an unknown operator',
      { all: [{ value: 1, equal: 2 }] },
      ['when.all[0].equal: is no field here; did you mean `equals`?'],
    ],
    ['a text', 'x > 1', ['when: must be an object, but is "x > 1"']],
  ])('a condition with %s is a fault', (_, when, faults) => {
    expect(faultsOf(job({ ...fn('a'), when }))).toEqual(faults.map((fault) => `nodes[0].${fault}`));
  });

  test.each([
    ['2030-02-30T00:00:00Z'],
    ['2030-01-02'],
    ['2030-01-02T00:00:00'],
    ['tomorrow'],
    ['2030-01-02T25:00:00Z'],
    [true],
    [9e15],
  ])('%s is no time', (startAt) => {
    expect(faultsOf({ ...job(fn('a')), startAt })).toEqual([
      expect.stringContaining('startAt: must be milliseconds since the epoch or'),
    ]);
  });
});

describe('times', () => {
  test('a deadline in the past is a fault', () => {
    expect(faultsOf({ ...job(fn('a')), deadline: now })).toEqual([
      'deadline: has passed: it is 2030-01-01T00:00:00.000Z now',
    ]);
    expect(faultsOf({ ...job(fn('a')), deadline: now + 1 })).toEqual([]);
  });

  test('what would be taken and do nothing is a fault', () => {
    const retry = { maxAttempts: 2 };
    expect(
      faultsOf(
        job(
          { id: 'd', type: 'delay', delay: 1, retry },
          { id: 'm', type: 'map', over: [1], node: { type: 'delay', delay: 1, retry } },
          { id: 'h', type: 'http', url: 'https://x.y', heartbeatTimeout: '5s' },
          { ...fn('f'), retry },
          {
            id: 'c',
            type: 'choice',
            choices: [{ when: { value: 1, equals: 1 }, then: [] }],
            timeout: 1,
            totalTimeout: 1,
          },
        ),
      ),
    ).toEqual([
      'nodes[0].retry: means nothing here: a `delay` node makes no call that could be made again',
      'nodes[1].node.retry: means nothing here: a `delay` node makes no call that could be made again',
      'nodes[2].heartbeatTimeout: means nothing without `completion: callback`',
      'nodes[4].timeout: means nothing here: a `choice` node ends at once',
      'nodes[4].totalTimeout: means nothing here: a `choice` node ends at once',
    ]);
  });

  test('a deadline that is not after the start is a fault', () => {
    const document = { ...job(fn('a')), startAt: '2030-01-03T00:00:00Z', deadline: '2030-01-02T00:00:00Z' };
    expect(faultsOf(document)).toEqual(['deadline: is not after `startAt`, 2030-01-03T00:00:00.000Z']);
  });

  test('a start in the past is none, and one in two years is', () => {
    expect(faultsOf({ ...job(fn('a')), startAt: 0 })).toEqual([]);
    expect(faultsOf({ ...job(fn('a')), startAt: '2032-01-01T00:00:00Z' })).toEqual([
      'startAt: is more than 366 days away',
    ]);
  });
});

describe('the graph of a document', () => {
  test.each<[string, unknown[], string[]]>([
    ['a duplicate id', [fn('a'), fn('b'), fn('a')], ['nodes[2].id: `a` is the id of nodes[0], too']],
    [
      'an unknown dependency',
      [fn('extract'), fn('b', 'extrat')],
      ['nodes[1].dependsOn[0]: there is no node `extrat`; did you mean `extract`?'],
    ],
    ['one that nothing is like', [fn('extract'), fn('b', 'xyz')], ['nodes[1].dependsOn[0]: there is no node `xyz`']],
    ['a self dependency', [fn('a', 'a')], ['nodes[0].dependsOn[0]: node `a` depends on itself']],
    ['a dependency named twice', [fn('a'), fn('b', 'a', 'a')], ['nodes[1].dependsOn[1]: `a` is named twice']],
    [
      'a dependency that is no text',
      [{ ...fn('a'), dependsOn: ['b', 1] }, fn('b')],
      ['nodes[0].dependsOn[1]: must be the id of a node'],
    ],
    [
      'a cycle',
      [fn('a', 'x', 'c'), fn('b', 'a'), fn('c', 'b'), fn('x')],
      ['nodes[0].dependsOn[1]: closes a cycle: a → b → c → a'],
    ],
    [
      'two cycles',
      [fn('a', 'b'), fn('b', 'a'), fn('c', 'd', 'a'), fn('d', 'c')],
      ['nodes[0].dependsOn[0]: closes a cycle: a → b → a', 'nodes[2].dependsOn[0]: closes a cycle: c → d → c'],
    ],
  ])('%s is a fault', (_, nodes, faults) => {
    expect(faultsOf(job(...nodes))).toEqual(faults);
  });

  test('a choice leads only to nodes that depend on it', () => {
    const when = { value: 1, equals: 1 };
    const choice = {
      id: 'c',
      type: 'choice',
      choices: [
        { when, then: ['a', 'b', 'a'] },
        { when, then: 'aa' },
      ],
      otherwise: ['b'],
    };
    expect(faultsOf(job(choice, fn('a', 'c'), fn('b')))).toEqual([
      'nodes[0].choices[0].then[1]: `b` does not depend on the choice `c`',
      'nodes[0].choices[0].then[2]: `a` is named twice',
      'nodes[0].choices[1].then: there is no node `aa`; did you mean `a`?',
      'nodes[0].otherwise[0]: `b` does not depend on the choice `c`',
    ]);
  });

  test('too many nodes are a fault and are not looked at', () => {
    const nodes = Array.from({ length: limits.nodesPerSpec + 1 }, () => ({}));
    expect(faultsOf(job(...nodes))).toEqual(['nodes: has 20001 entries; the most is 20000']);
  });
});

describe('the references of a document', () => {
  const uses = (template: unknown, ...dependsOn: string[]) => ({ ...fn('me', ...dependsOn), input: { x: [template] } });

  test.each<[string, unknown[], string[]]>([
    ['a dependency', [fn('a'), uses('${nodes.a.result.x}', 'a')], []],
    ['one further back', [fn('a'), fn('b', 'a'), uses('${nodes.a.state}', 'b')], []],
    ['an id with dots', [fn('v1.a'), uses('${nodes["v1.a"].result}', 'v1.a')], []],
    ['a node beside it', [fn('a'), uses('${nodes.a.result}')], ['refers to `a`, which does not come before it']],
    ['a later node', [uses('${nodes.a.result}'), fn('a', 'me')], ['refers to `a`, which does not come before it']],
    ['itself', [uses('${nodes.me.result}')], ['refers to `me`, the node itself']],
    [
      'an unknown node',
      [fn('load'), uses('x ${nodes.laod.result}', 'load')],
      ['refers to `laod`, but there is no such node; did you mean `load`?'],
    ],
    [
      'an unknown root',
      [uses('ab${foo.bar}')],
      ['at character 5: unknown `foo`; a reference begins with `nodes`, `job`, `item`, `index` or `self`'],
    ],
    ['a template that is malformed', [uses('${job.input')], ['at character 12: `}` is missing after `job.input`']],
    [
      'the item of no map',
      [uses('${item.x} ${index}')],
      ['`item.x` is known only to the node of a map', '`index` is known only to the node of a map'],
    ],
  ])('to %s', (_, nodes, messages) => {
    const at = nodes.findIndex((node) => (node as { id: string }).id === 'me');
    expect(faultsOf(job(...nodes))).toEqual(messages.map((message) => `nodes[${at}].input.x[0]: ${message}`));
  });

  test('are looked for in every field that is a template', () => {
    const bad = '${nodes.no.result}';
    const when = { all: [{ value: bad, equals: [bad] }] };
    const document = job(
      { id: 'h', type: 'http', url: `https://${bad}`, headers: { a: bad }, body: bad, when },
      { id: 'p', type: 'pubsub', topic: bad, attributes: { a: bad } },
      { id: 'd', type: 'delay', delay: bad },
      { id: 'c', type: 'choice', choices: [{ when, then: [] }] },
      { id: 'm', type: 'map', over: bad, node: { type: 'delay', delay: bad, when } },
      { id: 'j', type: 'job', input: bad, job: { ...job(fn('x')), output: bad } },
    );
    const paths = faultsOf(document).map((fault) =>
      fault.slice(0, fault.indexOf(': refers to `no`, but there is no such node')),
    );
    expect(paths).toEqual([
      'nodes[0].url',
      'nodes[0].headers.a',
      'nodes[0].body',
      'nodes[0].when.all[0].value',
      'nodes[0].when.all[0].equals[0]',
      'nodes[1].topic',
      'nodes[1].attributes.a',
      'nodes[2].delay',
      'nodes[3].choices[0].when.all[0].value',
      'nodes[3].choices[0].when.all[0].equals[0]',
      'nodes[4].over',
      'nodes[4].node.delay',
      'nodes[4].node.when.all[0].value',
      'nodes[4].node.when.all[0].equals[0]',
      'nodes[5].input',
      'nodes[5].job.output',
    ]);
  });

  test('of a compensation may be to its own node and to what that one may refer to, and to itself', () => {
    const undo = (input: string) => ({ type: 'function', handler: 'undo', input });
    const nodes = (input: string) => [fn('a'), { ...fn('b', 'a'), compensate: undo(input) }, fn('c')];
    expect(faultsOf(job(...nodes('${nodes.b.result}${nodes.a.result}${self.result.id}${self.input ?? 0}')))).toEqual(
      [],
    );
    const at = 'nodes[1].compensate.input: ';
    expect(faultsOf(job(...nodes('${nodes.no.result}')))).toEqual([`${at}refers to \`no\`, but there is no such node`]);
    expect(faultsOf(job(...nodes('${nodes.c.result}')))).toEqual([
      `${at}refers to \`c\`, which does not come before it`,
    ]);
    expect(faultsOf(job(...nodes('${item}')))).toEqual([`${at}\`item\` is known only to the node of a map`]);
    expect(faultsOf(job(...nodes('${self.state}')))).toEqual([
      `${at}at character 7: \`self\` has \`result\` and \`input\``,
    ]);
    expect(faultsOf(job({ ...fn('a'), input: '${self.result}' }))).toEqual([
      'nodes[0].input: `self.result` is known only to a `compensate`',
    ]);
    const item = { type: 'function', handler: 'x', compensate: undo('${item}${index}${self.result}') };
    expect(faultsOf(job({ id: 'm', type: 'map', over: [1], node: item }))).toEqual([]);
  });

  test('of a child job stay within it', () => {
    const child = job(fn('inner'), { ...fn('b', 'inner'), input: '${nodes.inner.result}${nodes.outer.result}' });
    expect(faultsOf(job(fn('outer'), { id: 'c', type: 'job', dependsOn: ['outer'], job: child }))).toEqual([
      'nodes[1].job.nodes[1].input: refers to `outer`, but there is no such node',
    ]);
  });

  test('of the output may be to any node', () => {
    expect(faultsOf({ ...job(fn('a'), fn('b')), output: { a: '${nodes.a.result}', b: '${nodes.b.state}' } })).toEqual(
      [],
    );
    expect(faultsOf({ ...job(fn('a')), output: '${item}' })).toEqual([
      'output: `item` is known only to the node of a map',
    ]);
  });

  test('of a node with an unknown dependency wait for that to be set right', () => {
    expect(faultsOf(job(fn('extract'), uses('${nodes.extract.result}', 'extrct')))).toEqual([
      'nodes[1].dependsOn[0]: there is no node `extrct`; did you mean `extract`?',
    ]);
  });
});

describe('a compensation', () => {
  const undo = { type: 'function', handler: 'undo' };
  test.each([
    [
      'of a wait',
      { id: 'a', type: 'delay', delay: 1, compensate: undo },
      'nodes[0].compensate: means nothing here: a `delay` node makes no call to take back',
    ],
    [
      'of a map',
      { id: 'a', type: 'map', over: [1], node: undo, compensate: undo },
      'nodes[0].compensate: means nothing here: a `map` node makes no call to take back; that of its items stands in `node`',
    ],
    [
      'of a compensation',
      { ...fn('a'), compensate: { ...undo, compensate: undo } },
      'nodes[0].compensate.compensate: is no field here',
    ],
    [
      'with a place in the graph',
      { ...fn('a'), compensate: { ...undo, dependsOn: ['b'] } },
      'nodes[0].compensate.dependsOn: is no field here',
    ],
    [
      'that is no call',
      { ...fn('a'), compensate: { type: 'delay', delay: 1 } },
      'nodes[0].compensate.type: must be one of `http`, `pubsub`, `function`, but is "delay"',
    ],
    [
      'whose retry policy contradicts itself',
      { ...fn('a'), compensate: { ...undo, retry: { delay: 9, maxDelay: 1 } } },
      'nodes[0].compensate.retry.maxDelay: is 1 ms, less than `delay`, 9 ms',
    ],
  ])('%s is refused', (_, node, fault) => {
    expect(faultsOf(job(node))).toEqual([fault]);
  });

  test('names a retry policy as its node does, and the copy is found again under that name', () => {
    const lookup = () => ({ kind: 'found', version: 4, policy: { maxAttempts: 7 } }) as const;
    const node = { ...fn('a'), compensate: { ...undo, retry: 'careful' } };
    const parsed = parseJobSpec(job(node), 0, false, lookup);
    expect(parsed).toMatchObject({
      spec: { nodes: [{ compensate: { retry: { maxAttempts: 7, policy: { name: 'careful', version: 4 } } } }] },
      asked: { document: { nodes: [{ compensate: { retry: 'careful' } }] } },
    });
  });
});

describe('limits', () => {
  test('faults of the form, of the times and of the graph are named together', () => {
    const faults = faultsOf({
      naem: 1,
      deadline: 0,
      nodes: [{ ...fn('a', 'b'), retry: { maxAttempts: 0, delay: 9, maxDelay: 1 } }, { id: 'b', dependsOn: ['a'] }, 7],
    });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'name',
      'naem',
      'nodes[0].retry.maxAttempts',
      'nodes[1].type',
      'nodes[2]',
      'deadline',
      'nodes[0].retry.maxDelay',
      'nodes[0].dependsOn[0]',
    ]);
  });

  test('100 faults are told and the rest is counted', () => {
    const faults = faultsOf(job(...Array.from({ length: 150 }, (_, index) => ({ ...fn(`n${index}`), nope: 1 }))));
    expect(faults).toHaveLength(101);
    expect(faults[99]).toBe('nodes[99].nope: is no field here');
    expect(faults[100]).toBe(': and 50 more faults');
  });

  test('a document of the largest size is taken and one byte more is not', () => {
    const empty = JSON.stringify({ ...job(fn('a')), input: '' });
    const filled = (bytes: number) => ({ ...job(fn('a')), input: `é\n${'x'.repeat(bytes - empty.length - 4)}` });
    expect(faultsOf(filled(limits.specBytes))).toEqual([]);
    expect(faultsOf(filled(limits.specBytes + 1))).toEqual([
      `: is larger than ${limits.specBytes} bytes of JSON text, the most that is taken`,
    ]);
  });

  test('the size is that of the JSON text in UTF-8', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        fc.pre(!JSON.stringify(value).includes('__proto__'));
        const plain = plainJson(value, { bytes: 1_000_000, depth: 100 }, faultList());
        expect(plain).toEqual({
          value: JSON.parse(JSON.stringify(value)),
          bytes: Buffer.byteLength(JSON.stringify(value)),
        });
      }),
    );
  });

  test.each(['\ud800', '\udc00', '\ud83d\ude00', '\ude00\ud83d', '\ud83dx', 'é€"\\\b\u0001'])(
    'the size of %j is that of its JSON text',
    (text) => {
      expect(plainJson(text, { bytes: 100, depth: 1 }, faultList())!.bytes).toBe(
        Buffer.byteLength(JSON.stringify(text)),
      );
    },
  );

  test('values may be 64 deep and no deeper', () => {
    const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as unknown;
    expect(faultsOf(job({ ...fn('a'), input: nested(64) }))).toEqual([]);
    expect(faultsOf(job({ ...fn('a'), input: nested(65) }))).toEqual(['nodes[0].input: is nested more than 64 deep']);
    expect(faultsOf(job({ ...fn('a'), input: nested(100_000) }))).toEqual([
      expect.stringMatching(/^nodes\[0\]\.input(\[0\])+: is nested too deep$/),
    ]);
  });

  test('conditions may be 64 deep and no deeper', () => {
    const nested = (depth: number): unknown => (depth === 1 ? { value: 1, equals: 1 } : { not: nested(depth - 1) });
    expect(faultsOf(job({ ...fn('a'), when: nested(64) }))).toEqual([]);
    expect(faultsOf(job({ ...fn('a'), when: nested(65) }))).toEqual(['nodes[0].when: is nested more than 64 deep']);
  });

  test('a condition may have 1,000 parts and no more', () => {
    const group = (count: number) => ({ all: Array.from({ length: count }, () => ({ value: 1, equals: 1 })) });
    expect(faultsOf(job({ ...fn('a'), when: group(999) }))).toEqual([]);
    expect(faultsOf(job({ ...fn('a'), when: { not: group(999) } }))).toEqual([
      'nodes[0].when: has more than 1000 parts',
    ]);
  });

  test('a hopeless document costs no more than the reading of its first faults', () => {
    const wrong = { id: '', type: 'http', url: '', redirects: -1, completion: '', timeout: -1, priority: 10, join: '' };
    const nodes = Array.from({ length: limits.nodesPerSpec - 1 }, () => wrong);
    const faults = faultsOf({ ...job({ id: 'c', type: 'job', job: job(...nodes) }, ...nodes), priority: 10 });
    expect(faults[0]).toBe('priority: must be at most 9');
    expect(faults[1]).toContain('nodes[0].job.nodes[0].id: must have 1 to 200 characters');
    expect(faults[100]).toMatch(/^: and at least \d+ more faults$/);
    expect(faults).toHaveLength(101);
  });

  test('a circle and aliases that multiply end as too deep or too large', () => {
    const circle: unknown[] = [];
    circle.push(circle, circle);
    expect(faultsOf(circle).length).toBeGreaterThan(0);
    const laughs = Array.from({ length: 40 }).reduce<unknown>((inner) => [inner, inner, inner], 'ha');
    expect(faultsOf(job({ ...fn('a'), input: laughs }))).toEqual([expect.stringContaining('is larger than')]);
  });

  test('jobs may be nested 8 deep and no deeper', () => {
    const nested = (depth: number): unknown =>
      depth === 0 ? job(fn('a')) : job({ id: 'c', type: 'job', job: nested(depth - 1) });
    expect(faultsOf(nested(8))).toEqual([]);
    const path = Array.from({ length: 9 }, () => 'nodes[0].job').join('.');
    expect(faultsOf(nested(9))).toEqual([`${path}: is job number 9 within jobs; the most is 8`]);
  });

  test('10,000 nodes with references far back are read in well below a second', () => {
    const nodes = Array.from({ length: 10_000 }, (_, index) => ({
      id: `node-${index}`,
      type: 'function',
      handler: 'noop',
      dependsOn: index === 0 ? [] : [`node-${index - 1}`],
      input: {
        near: `\${nodes.node-${Math.max(0, index - 3)}.result}`,
        far: `\${nodes.node-${index >> 1}.result.rows[0]}`,
      },
    }));
    (nodes[0] as { input: unknown }).input = 1;
    const cpu = process.cpuUsage();
    expect(specOf(job(...nodes)).nodes).toHaveLength(10_000);
    expect(process.cpuUsage(cpu).user / 1_000).toBeLessThan(3_000);
  });
});
