import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../shared/core/json.ts';
import {
  anyPolicy,
  type FoundPolicy,
  keyOf,
  openJobDocument,
  type ParsedSpec,
  type PolicyLookup,
  parseJobSpec,
  parseRetryPolicy,
  unknownPolicy,
  unknownVersion,
} from '../../shared/jobs/document/index.ts';
import { fingerprintOf, type JobSpec } from '../../shared/jobs/index.ts';

const knows =
  (policies: Readonly<Record<string, JsonObject>>, newest = 4): PolicyLookup =>
  (named): FoundPolicy => {
    const policy = policies[keyOf(named)];
    if (policy) return { kind: 'found', version: named.version ?? newest, policy };
    return policies[named.name] ? unknownVersion(named, newest) : unknownPolicy(named, Object.keys(policies));
  };

const careful = { strategy: 'fixed', delay: 5_000, maxAttempts: 4 };
const lookup = knows({ careful, 'careful@3': { maxAttempts: 3 }, bold: {} });

const call = (retry: unknown) => ({ type: 'function', handler: 'echo', retry });
const aDocument = (retry: unknown, more: object = {}) => ({
  name: 'x',
  nodes: [{ id: 'a', ...call(retry) }],
  ...more,
});

const parse = (document: unknown, known = lookup, repeated = false) => parseJobSpec(document, 0, repeated, known);

function specOf(parsed: ParsedSpec): JobSpec {
  if (parsed.kind === 'faults') throw new Error(JSON.stringify(parsed.faults));
  return parsed.spec;
}
const asked = (parsed: ParsedSpec) => (parsed.kind === 'spec' ? parsed.asked : undefined);
const faultsOf = (parsed: ParsedSpec) =>
  parsed.kind === 'faults' ? parsed.faults.map(({ path, message }) => `${path}: ${message}`) : [];

describe('a document that names retry policies', () => {
  test('is a spec with copies of them that say what they are copies of', () => {
    const parsed = specOf(parse(aDocument('careful', { retry: { policy: 'careful', version: 3 } })));
    expect(parsed.retry).toEqual({ maxAttempts: 3, policy: { name: 'careful', version: 3 } });
    expect(parsed.nodes[0]!.retry).toEqual({ ...careful, policy: { name: 'careful', version: 4 } });
  });

  test('names them in nodes of maps, in child jobs, and in both at once', () => {
    const child = { name: 'c', retry: 'careful', nodes: [{ id: 'n', ...call('bold') }] };
    const nodes = [
      { id: 'm', type: 'map', over: [1], node: call('careful') },
      { id: 'j', type: 'job', retry: 'bold', job: child },
      { id: 'mj', type: 'map', over: [1], node: { type: 'job', job: child } },
    ];
    const [map, job, both] = specOf(parse({ name: 'x', nodes })).nodes as unknown as [
      { node: { retry: unknown } },
      { retry: unknown; job: JobSpec },
      { node: { job: JobSpec } },
    ];
    const named = (name: string, body: object) => ({ ...body, policy: { name, version: 4 } });
    expect(map.node.retry).toEqual(named('careful', careful));
    expect(job.retry).toEqual(named('bold', {}));
    for (const { retry, nodes: inner } of [job.job, both.node.job])
      expect([retry, inner[0]!.retry]).toEqual([named('careful', careful), named('bold', {})]);
  });

  test('gives a spec that is itself a document and parses to the same, where nobody knows any policy', () => {
    const spec = specOf(parse(aDocument('careful')));
    expect(parseJobSpec(structuredClone(spec), 0)).toEqual({ kind: 'spec', spec });
  });

  test('keeps the document that it was given as it was', () => {
    const document = aDocument('careful');
    const before = structuredClone(document);
    parse(document);
    expect(document).toEqual(before);
  });

  test('tells which policies it names before anybody is asked for them', () => {
    const document = { ...aDocument({ policy: 'bold', version: 2 }), retry: 'careful' };
    expect(openJobDocument(document).policies).toMatchObject([{ name: 'careful' }, { name: 'bold', version: 2 }]);
    expect(openJobDocument(aDocument({ maxAttempts: 2 })).policies).toEqual([]);
  });

  test('is refused at the place of a name that nobody has, with the one that may be meant', () => {
    expect(faultsOf(parse(aDocument('carefull')))).toEqual([
      'nodes[0].retry: there is no retry policy `carefull`; did you mean `careful`?',
    ]);
    expect(faultsOf(parse(aDocument({ policy: 'nobody' })))).toEqual([
      'nodes[0].retry.policy: there is no retry policy `nobody`',
    ]);
    expect(faultsOf(parse(aDocument({ policy: 'careful', version: 9 })))).toEqual([
      'nodes[0].retry.version: retry policy `careful` has no version 9 to be started with; its newest is 4',
    ]);
    expect(faultsOf(parseJobSpec(aDocument('careful'), 0))).toEqual([
      'nodes[0].retry: names the retry policy `careful`, but there are no policies with names here',
    ]);
  });

  test('is refused at every place of an unknown name', () => {
    const nodes = ['a', 'b'].map((id) => ({ id, ...call('nobody') }));
    const places = faultsOf(parse({ name: 'x', nodes })).map((fault) => fault.split(':')[0]);
    expect(places).toEqual(['nodes[0].retry', 'nodes[1].retry']);
  });

  test('is refused with all other faults at once', () => {
    const document = { ...aDocument('nobody'), priority: 77, retry: { policy: 'careful', maxAttempts: 3 } };
    expect(faultsOf(parse(document)).map((fault) => fault.split(':')[0])).toEqual([
      'retry.maxAttempts',
      'nodes[0].retry',
      'priority',
    ]);
  });

  test.each([
    [{ policy: 'careful', version: 0 }, 'nodes[0].retry.version: must be a whole number, 1 or more'],
    [{ policy: 'careful', version: '3' }, 'nodes[0].retry.version: must be a whole number, 1 or more'],
    ['a/b', expect.stringContaining('nodes[0].retry: "a/b" is no name of a retry policy')],
    [{ policy: '' }, expect.stringContaining('nodes[0].retry.policy: "" is no name')],
    [7, 'nodes[0].retry: must be an object, but is 7'],
    [{ policy: 7 }, expect.stringContaining('nodes[0].retry.policy: must be an object')],
  ])('with %j in the place of a policy is refused in words', (retry, fault) => {
    expect(faultsOf(parse(aDocument(retry)))).toEqual([fault]);
  });

  test('is refused where a node makes no call that a policy could be for', () => {
    const nodes = [{ id: 'a', type: 'delay', delay: 1, retry: 'careful' }];
    expect(faultsOf(parse({ name: 'x', nodes }))).toEqual([
      expect.stringContaining('nodes[0].retry: means nothing here'),
    ]);
  });

  test('is refused when its policies make it too large, and says so once', () => {
    const large = { nonRetryable: Array.from({ length: 30 }, (_, at) => `${at}`.padEnd(199, 'x')) };
    const nodes = Array.from({ length: 2_000 }, (_, at) => ({ id: `n${at}`, ...call('large') }));
    expect(faultsOf(parse({ name: 'x', nodes }, knows({ large })))).toEqual([
      expect.stringMatching(
        /^: with its retry policies written out it is larger than 8388608 bytes.*name the policy once/,
      ),
    ]);
  });
});

describe('what was asked for', () => {
  test('is the same whatever the policies say, and however the name is written', () => {
    const before = asked(parse(aDocument('careful')))!;
    const after = asked(parse(aDocument('careful'), knows({ careful: { maxAttempts: 9 } }, 5)))!;
    expect(after.fingerprint).toBe(before.fingerprint);
    expect(asked(parse(aDocument({ policy: 'careful' })))!.fingerprint).toBe(before.fingerprint);
    expect(before.document).toEqual(aDocument('careful'));
  });

  test('has the names in their places again: of the job, nodes, items and child jobs', () => {
    const child = { name: 'c', retry: 'careful', nodes: [{ id: 'n', ...call({ policy: 'careful', version: 3 }) }] };
    const nodes = [
      { id: 'a', ...call('bold') },
      { id: 'm', type: 'map', over: [1], node: call('careful') },
      { id: 'j', type: 'job', retry: 'bold', job: child },
      { id: 'mj', type: 'map', over: [1], node: { type: 'job', job: child } },
      { id: 'inline', ...call({ maxAttempts: 2 }) },
    ];
    const document = { name: 'x', retry: 'careful', nodes };
    expect(asked(parse(document))!.document).toEqual(document);
  });

  test('is another with another name, another version, or a version where none was said', () => {
    const prints = ['careful', 'bold', { policy: 'careful', version: 3 }, { policy: 'careful', version: 4 }].map(
      (retry) => asked(parse(aDocument(retry), anyPolicy))!.fingerprint,
    );
    expect(new Set(prints).size).toBe(4);
    expect(prints).not.toContain(fingerprintOf(specOf(parse(aDocument('careful')))));
  });

  test('knows the spec of an earlier run of the same words', () => {
    const { isAskedBy } = asked(parse(aDocument('careful'), anyPolicy))!;
    const earlier = specOf(parse(aDocument('careful'), knows({ careful: { maxAttempts: 9 } })));
    expect(isAskedBy(earlier)).toBe(true);
    expect(isAskedBy(specOf(parse(aDocument('careful', { input: 1 }))))).toBe(false);
  });

  test('is known of a document that may have been submitted before although its policy is gone', () => {
    const gone = asked(parse(aDocument('careful'), knows({}), true))!;
    expect(gone.fingerprint).toBe(asked(parse(aDocument('careful')))!.fingerprint);
    expect(gone.unknown).toEqual([{ path: 'nodes[0].retry', message: 'there is no retry policy `careful`' }]);
  });

  test('is nothing more than the spec where no policy is named', () => {
    expect(parse(aDocument({ maxAttempts: 2 }))).not.toHaveProperty('asked');
  });
});

describe('a retry policy as a document of its own', () => {
  test('is what a job may say of one inline, in milliseconds', () => {
    expect(parseRetryPolicy({ delay: '5s', strategy: 'fixed', nonRetryable: ['http_422'] })).toEqual({
      kind: 'policy',
      policy: { delay: 5_000, strategy: 'fixed', nonRetryable: ['http_422'] },
    });
  });

  test('names every fault at once, those of the form and those of numbers that contradict each other', () => {
    const read = parseRetryPolicy({ strategy: 'fixd', maxAttempts: 0, delay: '2m', maxDelay: '1m', retries: 3 });
    const paths = read.kind === 'faults' ? read.faults.map(({ path }) => path) : [];
    expect(paths.toSorted()).toEqual(['maxAttempts', 'maxDelay', 'retries', 'strategy']);
  });

  test.each([[null], [[]], ['careful'], [{ policy: 'careful' }], [{ policy: { name: 'careful', version: 1 } }]])(
    'is not %j',
    (document) => {
      expect(parseRetryPolicy(document)).toMatchObject({ kind: 'faults' });
    },
  );

  test('is no larger than its store keeps a hundred of', () => {
    const nonRetryable = Array.from({ length: 60 }, (_, at) => `${at}`.padEnd(190, 'x'));
    expect(parseRetryPolicy({ nonRetryable })).toEqual({
      kind: 'faults',
      faults: [{ path: '', message: expect.stringContaining('is larger than 8192 bytes') }],
    });
  });
});
