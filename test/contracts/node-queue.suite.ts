import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { NodeMessage, NodeQueue, NodeSource } from '../../shared/ports/index.ts';

export interface OpenNodeQueue {
  readonly queue: NodeQueue;
  /** What has been delivered so far, in order, whoever it was delivered to. */
  delivered(): readonly NodeMessage[];
  /** Lets deliveries happen until there are as many, or it is hopeless. */
  untilDelivered(count: number): Promise<void>;
  close?(): Promise<void>;
}

/** What every NodeQueue promises. */
export function describeNodeQueue(name: string, open: () => Promise<OpenNodeQueue>): void {
  describe(`${name} as a NodeQueue`, () => {
    let opened: OpenNodeQueue;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close?.());

    async function deliveredOf(messages: readonly NodeMessage[]): Promise<readonly NodeMessage[]> {
      await opened.queue.publish(messages);
      await opened.untilDelivered(messages.length);
      return once(opened.delivered());
    }

    test('what was published is delivered, field for field', async () => {
      const parcelled = { ...message(3), parcel: 'parcel-1' };
      expect(await deliveredOf([message(1), message(2, 9, 4), parcelled])).toEqual(
        once([message(1), message(2, 9, 4), parcelled]),
      );
    });

    test('nothing is delivered where nothing was published', async () => {
      await opened.queue.publish([]);
      expect(await deliveredOf([message(1)])).toEqual([message(1)]);
    });

    test('a thousand nodes of one job all arrive', async () => {
      const messages = Array.from({ length: 1_000 }, (_, node) => message(node));
      expect(await deliveredOf(messages)).toEqual(once(messages));
    });

    test('nodes of every priority and of several jobs arrive', async () => {
      const messages = Array.from({ length: 30 }, (_, at) => ({ ...message(at, at % 10), jobId: `job-${at % 3}` }));
      expect(await deliveredOf(messages)).toEqual(once(messages));
    });

    test('another attempt of a node is another message', async () => {
      const messages = [message(1, 5, 1), message(1, 5, 2)];
      expect(await deliveredOf(messages)).toEqual(once(messages));
    });
  });
}

const message = (node: number, priority = 5, attempt = 1): NodeMessage => ({ jobId: 'job-1', node, attempt, priority });

/** Each once and sorted: a queue may deliver twice and in any order. */
function once(messages: readonly NodeMessage[]): readonly NodeMessage[] {
  const byText = new Map(messages.map((each) => [JSON.stringify(Object.entries(each).sort()), each]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

export interface OpenNodeSource {
  readonly queue: NodeQueue & NodeSource;
  /** Lets this much time pass. */
  advance(ms: number): Promise<void>;
  /** How long a message waits to be worth one priority level more. */
  readonly ageingMs: number;
}

/** What every NodeSource promises of the messages that are published to it. */
export function describeNodeSource(name: string, open: () => OpenNodeSource): void {
  describe(`${name} as a NodeSource`, () => {
    let queue: NodeQueue & NodeSource;
    let advance: OpenNodeSource['advance'];
    let ageingMs: number;
    beforeEach(() => {
      ({ queue, advance, ageingMs } = open());
    });

    const nodesOf = (messages: readonly NodeMessage[]) => messages.map(({ node }) => node);

    test('what was published is taken once', async () => {
      await queue.publish([message(1), message(2)]);
      expect(queue.take(10).toSorted((a, b) => a.node - b.node)).toEqual([message(1), message(2)]);
      expect(queue.take(10)).toEqual([]);
    });

    test('no more is taken than asked for, and the rest stays', async () => {
      await queue.publish([message(1), message(2), message(3)]);
      expect(queue.take(0)).toEqual([]);
      expect([...queue.take(2), ...queue.take(2)]).toHaveLength(3);
    });

    test('a higher priority goes first', async () => {
      await queue.publish([message(1, 0), message(2, 9), message(3, 5), message(4, 9)]);
      expect(nodesOf(queue.take(10))).toEqual([2, 4, 3, 1]);
    });

    test('a low priority is overtaken only by what comes less than 9 levels of age after it', async () => {
      await queue.publish([message(0, 0)]);
      await advance(8 * ageingMs);
      await queue.publish([message(1, 9)]);
      await advance(2 * ageingMs);
      await queue.publish([message(2, 9)]);
      expect(nodesOf(queue.take(3))).toEqual([1, 0, 2]);
    });

    test('a stream of high priorities does not starve a low one', async () => {
      await queue.publish([message(0, 0)]);
      const taken: number[] = [];
      for (let at = 1; at <= 100 && !taken.includes(0); at++) {
        await queue.publish([message(2 * at, 9), message(2 * at + 1, 9)]);
        await advance(ageingMs / 2);
        taken.push(...nodesOf(queue.take(1)));
      }
      expect(taken).toContain(0);
    });

    test('the rank of the best message is its priority and what its wait has added', async () => {
      expect(queue.bestRank()).toBeUndefined();
      await queue.publish([message(1, 3)]);
      await advance(2 * ageingMs);
      await queue.publish([message(2, 4)]);
      expect(queue.bestRank()).toBeCloseTo(5, 1);
      queue.take(1);
      expect(queue.bestRank()).toBeCloseTo(4, 1);
    });

    test('the consumer is woken after a publication, from a turn of its own', async () => {
      let wakes = 0;
      queue.onReady(() => {
        wakes++;
      });
      const published = queue.publish([message(1)]);
      expect(wakes).toBe(0);
      await published;
      await advance(0);
      expect(wakes).toBeGreaterThanOrEqual(1);
    });

    test('a consumer that comes late is woken for what waits', async () => {
      await queue.publish([message(1)]);
      let wakes = 0;
      queue.onReady(() => {
        wakes++;
      });
      await advance(0);
      expect(wakes).toBeGreaterThanOrEqual(1);
    });

    test('what was taken can be published again', async () => {
      await queue.publish([message(1)]);
      queue.take(1);
      await queue.publish([message(1)]);
      expect(queue.take(10)).toEqual([message(1)]);
    });
  });
}
