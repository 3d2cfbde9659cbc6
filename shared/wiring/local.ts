import { createMachineClock } from '../adapters/machine/clock.ts';
import { machineRandom } from '../adapters/machine/random.ts';
import { createMachineTimers } from '../adapters/machine/timers.ts';
import { createMemoryQueue } from '../adapters/memory/node-queue.ts';
import { createTopicBus, type TopicBus } from '../adapters/memory/topic-bus.ts';
import type { Clock } from '../core/clock.ts';
import { codeOf } from '../core/error.ts';
import type { Random } from '../core/random.ts';
import { createEngine } from '../engine/create-engine.ts';
import type { Engine, Handler } from '../engine/engine.ts';
import type { AllowRule } from '../policy/egress/index.ts';
import type { HttpCaller, JobStore } from '../ports/index.ts';
import { builtinHandlers } from './builtin-handlers.ts';
import { type StoreChoice, storeText } from './settings.ts';

export interface LocalOptions {
  readonly store: StoreChoice;
  readonly allowHosts: readonly AllowRule[];
  readonly concurrency: number;
  readonly leaseMs: number;
  /** They go before those that are built in. */
  readonly handlers?: ReadonlyMap<string, Handler>;
  readonly version: string;
  /** For what nobody waits for. */
  report(error: unknown, context: string): void;
}

/** The whole engine in this process, on one file or in memory. Nothing happens before `engine.start`. */
export interface Local {
  readonly engine: Engine;
  /** `sqlite:PATH` or `memory`. */
  readonly store: string;
  readonly topics: TopicBus;
  readonly clock: Clock;
  readonly random: Random;
  /** After `engine.stop`. */
  close(): Promise<void>;
}

/** Rejects with a CodedError whose sentence is for people when the store cannot be opened. */
export async function openLocal(options: LocalOptions): Promise<Local> {
  const clock = createMachineClock();
  const random = machineRandom;
  const { store, close: closeStore } = await openStore(options.store, clock);
  const http = httpWhenNeeded(options);
  const topics = createTopicBus(clock, {
    onGivenUp: ({ topic, messageId }, error) => options.report(error, `message ${messageId} of topic ${topic}`),
  });
  const { concurrency, leaseMs, report } = options;
  const queue = createMemoryQueue(clock);
  const timers = createMachineTimers(clock);
  const engine = createEngine(
    { clock, random, store, queue, timers, http: http.caller, topics, report },
    { alone: true, concurrency, leaseMs },
  );
  for (const [name, handler] of new Map([...Object.entries(builtinHandlers(clock)), ...(options.handlers ?? [])])) {
    engine.registerHandler(name, handler);
  }
  return {
    engine,
    store: storeText(options.store),
    topics,
    clock,
    random,
    async close() {
      await http.close();
      closeStore();
    },
  };
}

interface OpenStore {
  readonly store: JobStore;
  close(): void;
}

async function openStore(choice: StoreChoice, clock: Clock): Promise<OpenStore> {
  if (choice.kind === 'memory') {
    const { createMemoryJobStore } = await import('../adapters/memory/job-store.ts');
    return { store: createMemoryJobStore(), close: () => {} };
  }
  const { openSqliteStore } = await import('../adapters/sqlite/job-store.ts');
  const store = await whenFree(clock, () => openSqliteStore(choice.path));
  return { store, close: () => store.close() };
}

/** An engine that is just about to end frees its file within this time; nobody should have to start the next one twice. */
const handOverMs = 3_000;

async function whenFree<T>(clock: Clock, open: () => T): Promise<T> {
  for (const end = clock.now() + handOverMs; ; ) {
    try {
      return open();
    } catch (error) {
      if (codeOf(error) !== 'store_in_use' || clock.now() > end) throw error;
      await clock.sleep(50);
    }
  }
}

/** The HTTP client is loaded with the first call: most starts are faster without. */
function httpWhenNeeded({ allowHosts, version }: LocalOptions): { caller: HttpCaller; close(): Promise<void> } {
  let loading: Promise<HttpCaller & { close(): Promise<void> }> | undefined;
  const load = async () => {
    const { httpCaller } = await import('../adapters/http/http-caller.ts');
    return httpCaller({ allow: allowHosts, version });
  };
  return {
    caller: {
      async call(call, attempt) {
        loading ??= load();
        return (await loading).call(call, attempt);
      },
    },
    close: async () => (await loading)?.close(),
  };
}
