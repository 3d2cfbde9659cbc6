import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../shared/core/json.ts';
import { fillTemplate, keptBounds, limits, referencesIn, type Scope, whyNot } from '../../shared/jobs/index.ts';
import { parseText } from '../../shared/jobs/template/reference-text.ts';

const nodes: Readonly<Record<string, ReturnType<Scope['node']>>> = {
  extract: {
    state: 'succeeded',
    result: { rows: [{ id: 7, 'a b': 'x' }, { id: 8 }], name: 'n', none: null, list: [1, 2] },
  },
  'v1.load': { state: 'succeeded', result: 'loaded' },
  'a:b#c@d+e=f~g-h_i': { state: 'succeeded', result: 1 },
  broken: { state: 'failed', failure: { code: 'http_500', message: 'no luck' } },
  skipped: { state: 'skipped' },
};
const scope: Scope = {
  node: (id) => (Object.hasOwn(nodes, id) ? nodes[id] : undefined),
  job: {
    id: 'j1',
    name: 'nightly',
    input: { day: '2026-01-02', n: 3, own: JSON.parse('{"__proto__": "mine"}') as Json },
  },
};
const inMap: Scope = { ...scope, item: { value: { url: 'u' }, index: 4 } };

function filledWith(template: Json, from = scope): Json {
  const filled = fillTemplate(template, from);
  if (filled.kind !== 'filled') throw new Error(whyNot(filled));
  return filled.value;
}

describe('a template', () => {
  test.each<[string, Json]>([
    ['${nodes.extract.result}', nodes['extract']!.result!],
    ['${nodes.extract.result.rows}', [{ id: 7, 'a b': 'x' }, { id: 8 }]],
    ['${nodes.extract.result.rows[0].id}', 7],
    ['${nodes.extract.result["rows"][0]["a b"]}', 'x'],
    ['${ nodes.extract.result.none }', null],
    ['${nodes["v1.load"].result}', 'loaded'],
    ['${nodes.a:b#c@d+e=f~g-h_i.result}', 1],
    ['${nodes.extract.state}', 'succeeded'],
    ['${nodes.broken.error.code}', 'http_500'],
    ['${nodes.broken.error.message}', 'no luck'],
    ['${job.id}', 'j1'],
    ['${job.name}', 'nightly'],
    ['${job.input.n}', 3],
  ])('that is one reference, %s, keeps the type of its value', (template, value) => {
    expect(filledWith(template)).toEqual(value);
  });

  test('takes over a value as it is, without a copy', () => {
    expect(filledWith('${nodes.extract.result}')).toBe(nodes['extract']!.result);
  });

  test.each<[string, string]>([
    ['day ${job.input.day}, ${job.input.n} times', 'day 2026-01-02, 3 times'],
    ['${job.name}${job.id}', 'nightlyj1'],
    ['rows: ${nodes.extract.result.list}', 'rows: [1,2]'],
    ['none: ${nodes.extract.result.none}', 'none: null'],
  ])('puts values into a longer text: %s', (template, text) => {
    expect(filledWith(template)).toBe(text);
  });

  test('is filled at every depth, and keys stay as they are', () => {
    const template = { '${job.id}': [{ day: '${job.input.day}', fixed: [1] }], n: '${job.input.n}' };
    expect(filledWith(template)).toEqual({ '${job.id}': [{ day: '2026-01-02', fixed: [1] }], n: 3 });
  });

  test.each([
    ['$${HOME}', '${HOME}'],
    ['a $${x} ${job.id} $${y}', 'a ${x} j1 ${y}'],
    ['$$${job.id}', '$${job.id}'],
    ['cost: $5 {x}', 'cost: $5 {x}'],
  ])('%s has a plain ${ or none', (template, text) => {
    expect(filledWith(template)).toBe(text);
  });

  test('gives item and index to the node of a map', () => {
    expect(filledWith({ url: '${item.url}', text: 'no. ${index}', whole: '${item}' }, inMap)).toEqual({
      url: 'u',
      text: 'no. 4',
      whole: { url: 'u' },
    });
    expect(fillTemplate('${item.url}', scope)).toMatchObject({ kind: 'unresolved', reference: 'item.url' });
    expect(fillTemplate('${index}', scope)).toMatchObject({ kind: 'unresolved', reference: 'index' });
  });

  test.each<[string, Json]>([
    ['${nodes.skipped.result ?? 5}', 5],
    ['${nodes.skipped.result.deep[3] ?? "none"}', 'none'],
    ['${job.input.missing ?? {"a": [{"b": "}"}]}}', { a: [{ b: '}' }] }],
    ['${job.input.missing??[]}', []],
    ['<${job.input.missing ?? "\\"}"}>', '<"}>'],
    ['${job.input.n ?? 9}', 3],
    ['${nodes.extract.result.none ?? 9}', null],
    ['${nodes.broken.error.code ?? null}', 'http_500'],
    ['${nodes.extract.error.code ?? null}', null],
  ])('has a default for when there is no value: %s', (template, value) => {
    expect(filledWith(template)).toEqual(value);
  });

  test.each([
    ['${nodes.skipped.result}', 'nodes.skipped.result', 'node `skipped` is skipped and has no result'],
    ['${nodes.nobody.result}', 'nodes.nobody.result', 'there is no node `nobody`'],
    ['${nodes.extract.error.code}', 'nodes.extract.error.code', 'node `extract` has not failed'],
    ['${nodes.extract.result.rows[2]}', 'nodes.extract.result.rows[2]', 'there is no 2'],
    ['a${job.input.x}b', 'job.input.x', 'there is no "x"'],
  ])('%s is unresolved and says why', (template, reference, because) => {
    expect(fillTemplate({ deep: [template] }, scope)).toEqual({ kind: 'unresolved', reference, because });
  });

  test.each([
    '${job.input.__proto__}',
    '${job.input.constructor}',
    '${job.input.day.length}',
    '${nodes.extract.result.rows.length}',
    '${nodes.extract.result.rows["0"]}',
    '${nodes.extract.result.toString.call}',
    '${nodes.constructor.result}',
    '${nodes["__proto__"].result}',
    '${job.input["hasOwnProperty"]}',
  ])('never leads to a prototype: %s', (template) => {
    expect(fillTemplate(template, scope).kind).toBe('unresolved');
  });

  test('neither reads nor writes a prototype where the data has a key of that name', () => {
    expect(filledWith('${job.input.own.__proto__}')).toBe('mine');
    const filled = filledWith(JSON.parse('{"__proto__": "${job.id}"}') as Json);
    expect(Object.getPrototypeOf(filled)).toBe(Object.prototype);
    expect(Object.entries(filled!)).toEqual([['__proto__', 'j1']]);
  });

  test('does not read what it filled in as a template', () => {
    const trap: Scope = { ...scope, job: { ...scope.job, input: '${job.id}' } };
    expect(filledWith(['${job.input}', '-${job.input}'], trap)).toEqual(['${job.id}', '-${job.id}']);
  });

  test('has no place in a text for a value that is too deep to be written', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as Json;
    const filled = fillTemplate('x ${job.input}', { ...scope, job: { ...scope.job, input: deep } });
    expect(filled).toMatchObject({ kind: 'unresolved', reference: 'job.input' });
  });

  describe('that asks for more than is taken', () => {
    const large = ['x'.repeat(limits.resultBytes / 2)];
    const deep = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as Json;
    const kept = (template: Json, input: Json) =>
      fillTemplate(template, { ...scope, job: { ...scope.job, input } }, keptBounds);

    test.each<[string, Json]>([
      ['a list of one reference many times', Array.from({ length: 600 }, () => '${job.input}')],
      ['a text of one reference many times', '${job.input}'.repeat(600)],
      ['many texts', Array.from({ length: 600 }, () => 'x ${job.input}')],
    ])('as %s is too large', (_, template) => {
      expect(kept(template, large)).toEqual({ kind: 'tooLarge', because: `has more than ${limits.resultBytes} bytes` });
    });

    test('is as large as it may be to the byte', () => {
      const ofBytes = (bytes: number) => ['é'.repeat((bytes - 4) / 2)];
      expect(kept('${job.input}', ofBytes(limits.resultBytes)).kind).toBe('filled');
      expect(kept('${job.input}', ofBytes(limits.resultBytes + 2)).kind).toBe('tooLarge');
    });

    test('has a depth, too', () => {
      expect(kept(['${job.input}'], deep(limits.resultDepth)).kind).toBe('filled');
      const because = `is nested more than ${limits.resultDepth} deep`;
      expect(kept(['${job.input}'], deep(limits.resultDepth + 1))).toEqual({ kind: 'tooLarge', because });
      expect(kept('${job.input}', deep(100_000))).toEqual({ kind: 'tooLarge', because });
    });

    test('is no value for a condition either, which has no room for texts without end', () => {
      const input = ['x'.repeat(limits.resultBytes)];
      const filled = fillTemplate('${job.input}'.repeat(600), { ...scope, job: { ...scope.job, input } });
      expect(filled.kind).toBe('tooLarge');
    });
  });

  test('without references is its own value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!JSON.stringify(value).includes('${'));
        expect(filledWith(value as Json)).toBe(value);
      }),
    );
  });

  test('with a mangled reference never throws, neither when it is read nor when it is filled', () => {
    const piece = fc.constantFrom(
      '${',
      '$${',
      '}',
      'nodes',
      '.',
      'extract',
      '.result',
      '[',
      ']',
      '"',
      '0',
      ' ',
      '??',
      '{',
      '\\',
      'job',
      'é',
      '$',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        const parsed = parseText(text);
        if (parsed.kind === 'malformed') {
          expect(parsed.at).toBeGreaterThanOrEqual(1);
          expect(parsed.at).toBeLessThanOrEqual(text.length + 1);
        }
        expect(['filled', 'unresolved']).toContain(fillTemplate(text, scope).kind);
      }),
      { numRuns: 2_000 },
    );
  });

  test('of any key finds the value under that key', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (key, value) => {
        const input = Object.fromEntries([[key, value]]) as Json;
        const from = { ...scope, job: { ...scope.job, input } };
        expect(filledWith(`\${job.input[${JSON.stringify(key)}]}`, from)).toBe(value);
      }),
    );
  });

  test('of a million characters is read once', () => {
    for (const text of [
      '${'.repeat(500_000),
      `\${job.input.x ?? ${'{'.repeat(1_000_000)}`,
      `\${job.id}${'$'.repeat(1_000_000)}`,
    ]) {
      expect(['parts', 'malformed']).toContain(parseText(text).kind);
    }
  });
});

describe('the references in a template', () => {
  test('are found with the way to them', () => {
    const { found, faults } = referencesIn({
      a: ['x', '${nodes.extract.result.rows[0]} ${job.input.b ?? 1}'],
      c: { d: '${index}' },
    });
    expect(faults).toEqual([]);
    expect(found).toEqual([
      {
        steps: ['a', 1],
        reference: {
          text: 'nodes.extract.result.rows[0]',
          root: { kind: 'result', node: 'extract' },
          path: ['rows', 0],
        },
      },
      {
        steps: ['a', 1],
        reference: { text: 'job.input.b', root: { kind: 'jobInput' }, path: ['b'], fallback: { value: 1 } },
      },
      { steps: ['c', 'd'], reference: { text: 'index', root: { kind: 'index' }, path: [] } },
    ]);
  });

  test.each([
    ['${}', 3, 'there is no reference after `${`'],
    ['ab ${foo.bar}', 6, 'unknown `foo`'],
    ['${nodes}', 3, 'an id is missing'],
    ['${nodes.a}', 10, 'a node has `result`, `state` and `error`'],
    ['${nodes.a.b.result}', 10, '`nodes["id.with.dots"]`'],
    ['${nodes.a.error}', 16, '`error` has `code` and `message`'],
    ['${nodes.a.state.x}', 16, 'nothing inside'],
    ['${job}', 3, '`job` has `id`, `name` and `input`'],
    ['${job.secret}', 6, '`job` has `id`, `name` and `input`'],
    ['${index.a}', 8, 'nothing inside'],
    ['${job.input.}', 13, 'a key is missing'],
    ['${job.input[}', 13, 'takes a number or a text'],
    ['${job.input[-1]}', 13, 'takes a number or a text'],
    ['${job.input["a}', 13, 'takes a number or a text'],
    ['${job.input[0}', 14, '`]` is missing'],
    ['${job.input', 12, '`}` is missing after `job.input`'],
    ['${job.input + 1}', 13, 'unexpected `+`'],
    ['${job.input ?? }', 15, 'a JSON value'],
    ['${job.input ?? x}', 15, 'a JSON value'],
    ['${job.input ?? 1', 17, '`}` is missing'],
  ])('%s is a fault at character %i', (template, at, message) => {
    const { found, faults } = referencesIn([template]);
    expect(found).toEqual([]);
    expect(faults).toEqual([{ steps: [0], at, message: expect.stringContaining(message) }]);
    expect(fillTemplate([template], scope)).toMatchObject({ kind: 'unresolved', reference: template });
  });
});
