import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  decodeMessage,
  encodeMessage,
  messageLimits,
  packAlarms,
  packNodes,
  type ReadyNodeName,
  unpackAlarms,
  unpackNodes,
} from '../../shared/jobs/message/index.ts';

const ready = (node: number, rest: Partial<ReadyNodeName> = {}): ReadyNodeName => ({
  jobId: 'job-1',
  node,
  attempt: 1,
  priority: 5,
  ...rest,
});

const anyNode = fc.record(
  {
    jobId: fc.constantFrom('a', 'b', 'a"]'),
    node: fc.nat(49_999),
    attempt: fc.integer({ min: 1, max: 1_000 }),
    priority: fc.nat(9),
    parcel: fc.constantFrom('p1', 'p2'),
  },
  { requiredKeys: ['jobId', 'node', 'attempt', 'priority'] },
);

describe('a message', () => {
  test('what was packed, sent and read is what was published, node for node', () => {
    fc.assert(
      fc.property(fc.array(anyNode, { maxLength: 400 }), (nodes) => {
        const read = packNodes(nodes).map((message) => decodeMessage(encodeMessage(message)));
        const unpacked = read.flatMap((message) => (message.kind === 'nodes' ? unpackNodes(message) : []));
        const sorted = (all: readonly ReadyNodeName[]) =>
          all.map((each) => JSON.stringify(Object.entries(each).sort())).sort();
        expect(sorted(unpacked)).toEqual(sorted(nodes));
      }),
    );
  });

  test('nodes that are ready together travel a hundred at a time, in their order', () => {
    const nodes = Array.from({ length: 250 }, (_, node) => ready(node));
    const packed = packNodes(nodes);
    expect(packed.map((message) => message.nodes.length)).toEqual([100, 100, 50]);
    expect(packed.flatMap(unpackNodes)).toEqual(nodes);
  });

  test('nodes of different jobs, priorities or parcels do not travel together', () => {
    const nodes = [
      ready(1),
      ready(2, { jobId: 'job-2' }),
      ready(3, { priority: 6 }),
      ready(4, { parcel: 'p1' }),
      ready(5),
    ];
    expect(packNodes(nodes).map(({ nodes }) => nodes.map(([node]) => node))).toEqual([[1, 5], [2], [3], [4]]);
  });

  test('nothing to say is no message', () => {
    expect([packNodes([]), packAlarms([])]).toEqual([[], []]);
  });

  test('an alarm is never told as earlier than it is', () => {
    const [packed] = packAlarms([{ jobId: 'job-1', at: 1_000.25 }]);
    expect(unpackAlarms(packed!)).toEqual([{ jobId: 'job-1', at: 1_001 }]);
  });

  test('the fullest message of the longest ids can be read', () => {
    const alarms = Array.from({ length: messageLimits.alarmsPerMessage + 1 }, (_, at) => ({
      jobId: String(at).padStart(200, 'x'),
      at: 4_102_444_800_000,
    }));
    const read = packAlarms(alarms).map((message) => decodeMessage(encodeMessage(message)));
    expect(read.map((message) => message.kind)).toEqual(['alarms', 'alarms']);
  });
});

describe('an unreadable text', () => {
  const because = (text: string) => {
    const read = decodeMessage(text);
    return read.kind === 'unreadable' ? read.because : read.kind;
  };
  const nodes = { schema: 1, kind: 'nodes', jobId: 'job-1', nodes: [[0, 1]], priority: 5 };
  const alarms = { schema: 1, kind: 'alarms', alarms: [['job-1', 1_000]] };
  const changed = (change: object, message: object = nodes) => because(JSON.stringify({ ...message, ...change }));

  test('is told apart: no JSON, not ours, of a newer schema, or with a wrong field', () => {
    expect(['', 'tick', '{"a":', 'null', '[]', '"x"', '{}', '{"schema":1}'].map(because)).toEqual([
      ...['notJson', 'notJson', 'notJson', 'notOurs', 'notOurs', 'notOurs', 'notOurs', 'notOurs'],
    ]);
    expect([changed({ schema: 2 }), changed({ schema: '1' }), changed({ schema: 0 })]).toEqual([
      'newerSchema',
      'notOurs',
      'notOurs',
    ]);
    expect([changed({ kind: 'letters' }), changed({ kind: 7 }), changed({ jobId: '' })]).toEqual([
      'notOurs',
      'notOurs',
      'invalid',
    ]);
  });

  test.each([
    ['a job id that is too long', { jobId: 'x'.repeat(201) }],
    ['no nodes', { nodes: [] }],
    ['too many nodes', { nodes: Array.from({ length: 101 }, () => [0, 1]) }],
    ['a node below 0', { nodes: [[-1, 1]] }],
    ['a node that no job has', { nodes: [[50_000, 1]] }],
    ['an attempt 0', { nodes: [[0, 0]] }],
    ['half a node', { nodes: [[0, 1.5]] }],
    ['nodes that are no pairs', { nodes: [0, 1] }],
    ['a priority above 9', { priority: 10 }],
    ['a priority that is text', { priority: '5' }],
    ['a parcel that is no text', { parcel: 7 }],
    ['a text of many megabytes', { parcel: 'x'.repeat(70_000) }],
  ])('%s is invalid', (_, change) => {
    expect(changed(change)).toBe('invalid');
  });

  test.each([
    ['no alarms', { alarms: [] }],
    ['an alarm without a time', { alarms: [['job-1']] }],
    ['an alarm at no time', { alarms: [['job-1', null]] }],
    ['an alarm of no job', { alarms: [[7, 1_000]] }],
  ])('%s is invalid', (_, change) => {
    expect(changed(change, alarms)).toBe('invalid');
  });

  test('never makes the reader throw, whatever it is', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => because(text) !== undefined));
  });

  test('a tick needs nothing but its name', () => {
    expect([because('{"kind":"tick"}'), because('{"schema":1,"kind":"tick"}')]).toEqual(['tick', 'tick']);
  });
});
