import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod';
import { jobDocument, parseJobSpec } from '../../shared/jobs/document/index.ts';
import type { JobSpec } from '../../shared/jobs/index.ts';
import { documents } from './made-documents.ts';

const now = Date.parse('2030-01-01T00:00:00Z');
const fn = (id: string, ...dependsOn: string[]) => ({ id, type: 'function', handler: 'noop', dependsOn });
const job = (...nodes: unknown[]) => ({ name: 'j', nodes });

function specOf(document: unknown): JobSpec {
  const parsed = parseJobSpec(document, now);
  if (parsed.kind === 'faults') throw new Error(JSON.stringify(parsed.faults, null, 1));
  return parsed.spec;
}

describe('a job document', () => {
  test('becomes a spec with every duration and time in milliseconds', () => {
    const spec = specOf({
      name: 'nightly',
      startAt: '2030-01-01T01:00:00+01:00',
      deadline: '2030-01-02T00:00:00.5Z',
      timeout: '1.5h',
      retry: { delay: '250ms', maxDelay: '1m' },
      nodes: [
        { id: 'a', type: 'http', url: 'https://example.com/x', timeout: '30s', totalTimeout: 90_000, expected: '2d' },
        { id: 'b', type: 'delay', delay: '5m', dependsOn: ['a'] },
        { id: 'c', type: 'delay', delay: '${nodes.a.result.wait}', dependsOn: ['a'] },
        {
          id: 'd',
          type: 'choice',
          dependsOn: ['a'],
          choices: [{ when: { value: 1, equals: 1 }, then: 'e' }],
          otherwise: 'f',
        },
        fn('e', 'd'),
        fn('f', 'd'),
      ],
    });
    expect(spec).toEqual({
      name: 'nightly',
      startAt: now,
      deadline: now + 86_400_500,
      timeout: 5_400_000,
      retry: { delay: 250, maxDelay: 60_000 },
      nodes: [
        {
          id: 'a',
          type: 'http',
          url: 'https://example.com/x',
          timeout: 30_000,
          totalTimeout: 90_000,
          expected: 172_800_000,
        },
        { id: 'b', type: 'delay', delay: 300_000, dependsOn: ['a'] },
        { id: 'c', type: 'delay', delay: '${nodes.a.result.wait}', dependsOn: ['a'] },
        {
          id: 'd',
          type: 'choice',
          dependsOn: ['a'],
          choices: [{ when: { value: 1, equals: 1 }, then: ['e'] }],
          otherwise: ['f'],
        },
        fn('e', 'd'),
        fn('f', 'd'),
      ],
    });
  });

  test('may use every type of node', () => {
    const document = {
      name: 'all',
      description: 'one of each',
      input: { list: [1, 2] },
      priority: 9,
      output: '${nodes.wait.result}',
      nodes: [
        {
          id: 'call',
          type: 'http',
          url: 'https://${job.input.host}/x',
          method: 'PUT',
          headers: { 'X-A': '${job.id}' },
          body: [1],
          redirects: 2,
          completion: 'callback',
          heartbeatTimeout: 60_000,
        },
        {
          id: 'tell',
          type: 'pubsub',
          topic: 'news',
          attributes: { a: '${job.name}' },
          completion: 'publish',
          join: 'all_settled',
          onFailure: 'continue',
        },
        {
          id: 'work',
          type: 'function',
          handler: 'math/add',
          input: { a: '${nodes.call.result}' },
          dependsOn: ['call'],
          retry: {
            strategy: 'fixed',
            maxAttempts: 5,
            jitter: 'full',
            nonRetryable: ['E1'],
            maxLeaseLosses: 0,
          },
        },
        { id: 'sleep', type: 'delay', delay: 0 },
        {
          id: 'wait',
          type: 'signal',
          signal: 'go',
          when: { any: [{ not: { value: '${job.input.x}', exists: true } }, { all: [] }] },
        },
        {
          id: 'each',
          type: 'map',
          over: '${job.input.list}',
          concurrency: 2,
          node: { type: 'function', handler: 'f', input: ['${item}', '${index}'] },
        },
        {
          id: 'child',
          type: 'job',
          input: 1,
          job: {
            name: 'c',
            nodes: [{ id: 'each', type: 'map', over: [1], node: { type: 'job', job: job(fn('x')), input: '${item}' } }],
          },
        },
      ],
    };
    expect(specOf(document)).toEqual(document);
  });

  test('shares nothing with its spec', () => {
    const document = job({ ...fn('a'), input: { deep: [1] } });
    const spec = specOf(document);
    document.nodes.length = 0;
    expect(spec.nodes).toHaveLength(1);
    const input = { deep: [1] };
    const other = specOf(job({ ...fn('a'), input }));
    input.deep.push(2);
    expect(other.nodes[0]!.input).toEqual({ deep: [1] });
  });

  test('with undefined fields is one without them', () => {
    expect(specOf({ ...job(fn('a')), retry: undefined })).toEqual(job(fn('a')));
  });

  test('that was parsed is a document that parses to an equal spec', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const spec = specOf(document);
        expect(specOf(spec)).toEqual(spec);
        expect(specOf(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
      }),
      { numRuns: 200 },
    );
  });

  test('of whatever kind gives a spec or at least one fault, and never throws', () => {
    const odd = fc.anything({
      withDate: true,
      withMap: true,
      withBigInt: true,
      withNullPrototype: true,
      withObjectString: true,
    });
    const broken = documents.chain((document) => fc.tuple(fc.constant(document), fc.nat(), odd).map(mangle));
    fc.assert(
      fc.property(
        fc.oneof(
          odd,
          odd.map((nodes) => ({ name: 'x', nodes })),
          broken,
        ),
        (document) => {
          const parsed = parseJobSpec(document, now);
          if (parsed.kind === 'faults') expect(parsed.faults.length).toBeGreaterThan(0);
          else expect(specOf(parsed.spec)).toEqual(parsed.spec);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('has a JSON Schema for what goes in', () => {
    const schema = z.toJSONSchema(jobDocument, { io: 'input' });
    const defs = schema.$defs as Record<string, { required?: string[]; oneOf?: unknown[] }>;
    expect(defs['JobDocument']!.required).toEqual(['name', 'nodes']);
    expect(defs['Node']!.oneOf).toHaveLength(8);
    expect(JSON.stringify(schema)).toContain('Milliseconds, or a text like');
  });
});

/** Puts something odd in the place of one of the values. */
function mangle([document, where, odd]: readonly [object, number, unknown]): unknown {
  const copy = structuredClone(document) as Record<string, unknown>;
  const places: [Record<string, unknown>, string][] = [];
  const look = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
      places.push([value as Record<string, unknown>, key]);
      look((value as Record<string, unknown>)[key]);
    }
  };
  look(copy);
  const [object, key] = places[where % places.length]!;
  object[key] = odd;
  return copy;
}
