import { describe, expect, test } from '@jest/globals';
import { CodedError } from '../../../shared/core/error.ts';
import { createPushReceiver, type PushHandlers, type PushReason } from '../../../shared/edge/push/receive-pushes.ts';
import { encodeMessage } from '../../../shared/jobs/message/index.ts';
import { deadLetter, envelope, pushOf } from './pushes.ts';

const nodes = encodeMessage({
  kind: 'nodes',
  jobId: 'job-1',
  nodes: [
    [0, 1],
    [7, 2],
  ],
  priority: 5,
  parcel: 'p1',
});
const alarms = encodeMessage({ kind: 'alarms', alarms: [['job-1', 1_000]] });
const newer = JSON.stringify({ ...JSON.parse(nodes), schema: 2 });

/** A door that writes down what it is handed. */
function aDoor(kinds: readonly (keyof PushHandlers)[], outcome?: () => Promise<'unknownJob' | undefined>) {
  const handed: unknown[] = [];
  const reported: [PushReason, string][] = [];
  const take = async (what: unknown) => {
    handed.push(what);
    return outcome?.();
  };
  const handlers = Object.fromEntries(kinds.map((kind) => [kind, take])) as PushHandlers;
  const receiver = createPushReceiver(handlers, (reason, details) => reported.push([reason, details.message]));
  return { receiver, handed, reported };
}

describe('a door', () => {
  test('is handed the nodes of a message, and acknowledges it', async () => {
    const { receiver, handed, reported } = aDoor(['nodes']);
    expect(await receiver.receive(pushOf(nodes))).toEqual({ status: 204, reason: 'done' });
    const common = { jobId: 'job-1', priority: 5, parcel: 'p1' };
    expect(handed).toEqual([
      [
        { ...common, node: 0, attempt: 1 },
        { ...common, node: 7, attempt: 2 },
      ],
    ]);
    expect(reported).toEqual([]);
  });

  test('is handed alarms', async () => {
    const { receiver, handed } = aDoor(['alarms']);
    await receiver.receive(pushOf(alarms));
    expect(handed).toEqual([[{ jobId: 'job-1', at: 1_000 }]]);
  });

  test.each(['', 'tick', '{"kind":"tick"}', '{"anything":true}', newer])(
    'takes %j for a tick where it takes ticks',
    async (said) => {
      const { receiver, handed } = aDoor(['tick', 'alarms']);
      expect((await receiver.receive(pushOf(said))).reason).toBe('done');
      expect(handed).toHaveLength(1);
    },
  );

  test('takes no nodes for a tick', async () => {
    const { receiver, handed } = aDoor(['tick']);
    expect((await receiver.receive(pushOf(nodes))).reason).toBe('wrongDoor');
    expect(handed).toEqual([]);
  });

  test('asks for a message again when its handler rejects', async () => {
    const { receiver, reported } = aDoor(['nodes'], () => Promise.reject(new Error('the store is away')));
    expect(await receiver.receive(pushOf(nodes))).toEqual({ status: 503, reason: 'failed' });
    expect(reported).toEqual([['failed', expect.stringContaining('the store is away')]]);
  });

  test.each(['store_too_new', 'store_too_old', 'store_damaged'])(
    'acknowledges a message about a job that no retry makes readable, in the words of the store: %s',
    async (code) => {
      const error = new CodedError(code, 'Job job-1 was written by a newer Breakwater');
      const { receiver, reported } = aDoor(['nodes'], () => Promise.reject(error));
      expect(await receiver.receive(pushOf(nodes))).toEqual({ status: 204, reason: 'unreadableJob' });
      expect(reported).toEqual([['unreadableJob', expect.stringContaining('written by a newer Breakwater')]]);
      expect(receiver.counts()).toEqual({ unreadableJob: 1 });
    },
  );

  test('asks for a message again when its handler throws', async () => {
    const handlers: PushHandlers = {
      nodes() {
        throw null;
      },
    };
    expect((await createPushReceiver(handlers, () => {}).receive(pushOf(nodes))).status).toBe(503);
  });

  test('acknowledges and reports a message about a job that nobody knows', async () => {
    const { receiver, reported } = aDoor(['nodes'], async () => 'unknownJob');
    expect(await receiver.receive(pushOf(nodes))).toEqual({ status: 204, reason: 'unknownJob' });
    expect(reported.map(([reason]) => reason)).toEqual(['unknownJob']);
  });

  test.each<[PushReason, { body: unknown; headers: Record<string, string> }]>([
    ['newerSchema', pushOf(newer)],
    ['notJson', pushOf('')],
    ['notOurs', pushOf('{"a":1}')],
    ['invalid', pushOf('{"schema":1,"kind":"nodes"}')],
    ['wrongDoor', pushOf(alarms)],
    ['bodyNotJson', { body: 'x', headers: {} }],
    ['notAPush', { body: {}, headers: {} }],
    ['otherEvent', { body: envelope, headers: { 'ce-type': 'other' } }],
  ])('acknowledges what another delivery would not help, and reports it: %s', async (reason, request) => {
    const { receiver, handed, reported } = aDoor(['nodes']);
    expect(await receiver.receive(request)).toEqual({ status: 204, reason });
    expect([handed, reported.map(([told]) => told)]).toEqual([[], [reason]]);
  });

  test('counts its answers by reason', async () => {
    const { receiver } = aDoor(['nodes']);
    for (const text of [nodes, nodes, newer]) await receiver.receive(pushOf(text));
    expect(receiver.counts()).toEqual({ done: 2, newerSchema: 1 });
  });
});

describe('the door of dead letters', () => {
  test('is handed the nodes, the text, and how often it was delivered', async () => {
    const { receiver, handed } = aDoor(['deadLetter']);
    expect((await receiver.receive({ body: deadLetter, headers: {} })).reason).toBe('done');
    expect(handed).toEqual([
      {
        text: '{"schema":1,"kind":"nodes","jobId":"j1","nodes":[[3,2],[4,1]],"priority":5}',
        attributes: deadLetter.message.attributes,
        messageId: '8',
        nodes: [
          { jobId: 'j1', node: 3, attempt: 2, priority: 5 },
          { jobId: 'j1', node: 4, attempt: 1, priority: 5 },
        ],
        reason: 'the message was delivered 5 times by breakwater-nodes-push and never acknowledged',
      },
    ]);
  });

  test('is handed a letter that cannot be read, too, and no more of it than fits a message', async () => {
    const { receiver, handed } = aDoor(['deadLetter']);
    await receiver.receive(pushOf('x'.repeat(100_000)));
    const [letter] = handed as { text: string }[];
    expect(letter).toMatchObject({ nodes: [], unreadable: 'invalid', reason: expect.stringContaining('too often') });
    expect(letter!.text).toHaveLength(64 * 1024);
  });
});
