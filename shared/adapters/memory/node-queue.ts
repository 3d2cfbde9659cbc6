import type { Clock } from '../../core/clock.ts';
import type { NodeMessage, NodeQueue, NodeSource } from '../../ports/index.ts';

export interface MemoryQueueOptions {
  /** How long a message waits to be worth one priority level more, in ms; 5,000 unless said. */
  readonly ageingMs?: number;
  /** Messages kept; what comes on top is lost, and the sweep publishes it again. 1,000,000 unless said. */
  readonly messagesMax?: number;
}

const levels = 10;

/**
 * One queue a priority level, first in, first out, so that the head of a level is its best. A message's rank is its priority plus
 * its wait in units of `ageingMs`, and the best rank goes first. So nobody starves: a message of priority 0 is overtaken only by
 * what was published less than 9 × `ageingMs` (45 s) after it, and by nothing later.
 *
 * A message that already waits (same job, node and attempt) is not kept twice.
 */
export function createMemoryQueue(clock: Clock, options: MemoryQueueOptions = {}): NodeQueue & NodeSource {
  const { ageingMs = 5_000, messagesMax = 1_000_000 } = options;
  const queues = Array.from({ length: levels }, () => new Fifo<Waiting>());
  const waiting = new Set<string>();
  let wake: (() => void) | undefined;
  let waking = false;

  /** In a turn of its own, so that nobody is called back from inside `publish`. */
  function wakeSoon(): void {
    if (waking || !wake) return;
    waking = true;
    queueMicrotask(() => {
      waking = false;
      if (waiting.size > 0) wake?.();
    });
  }

  function best(now: number): { level: number; rank: number } | undefined {
    let found: { level: number; rank: number } | undefined;
    for (let level = levels - 1; level >= 0; level--) {
      const head = queues[level]!.peek();
      if (!head) continue;
      const rank = head.message.priority + (now - head.since) / ageingMs;
      if (!found || rank > found.rank) found = { level, rank };
    }
    return found;
  }

  return {
    async publish(messages) {
      const since = clock.now();
      for (const message of messages) {
        const key = keyOf(message);
        if (waiting.has(key) || waiting.size >= messagesMax) continue;
        waiting.add(key);
        queues[levelOf(message)]!.push({ message, since });
      }
      wakeSoon();
    },

    onReady(consumer) {
      wake = consumer;
      wakeSoon();
    },

    take(most) {
      if (waiting.size === 0) return none;
      const taken: NodeMessage[] = [];
      const now = clock.now();
      while (taken.length < most) {
        const next = best(now);
        if (!next) break;
        const { message } = queues[next.level]!.shift()!;
        waiting.delete(keyOf(message));
        taken.push(message);
      }
      return taken;
    },

    bestRank: () => (waiting.size === 0 ? undefined : best(clock.now())?.rank),
  };
}

interface Waiting {
  readonly message: NodeMessage;
  readonly since: number;
}

const none: readonly NodeMessage[] = [];

const keyOf = ({ jobId, node, attempt }: NodeMessage): string => `${jobId}/${node}/${attempt}`;

const levelOf = ({ priority }: NodeMessage): number => Math.min(levels - 1, Math.max(0, Math.floor(priority)));

/** A list that is read from the front; what was read is cut off when it is more than half. */
class Fifo<Item> {
  #items: Item[] = [];
  #head = 0;

  push(item: Item): void {
    this.#items.push(item);
  }

  peek(): Item | undefined {
    return this.#items[this.#head];
  }

  shift(): Item | undefined {
    const item = this.#items[this.#head];
    if (item !== undefined) this.#head++;
    if (this.#head > 32 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
