import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { createMemoryBatches } from '../../shared/adapters/memory/batches.ts';
import { createMemoryGuardRecords } from '../../shared/adapters/memory/guard-records.ts';
import { createMemoryJobStore } from '../../shared/adapters/memory/job-store.ts';
import { createMemoryPolicies } from '../../shared/adapters/memory/policies.ts';
import { createMemoryRecoveries } from '../../shared/adapters/memory/recoveries.ts';
import { createMemoryTargetCounts } from '../../shared/adapters/memory/target-counts.ts';
import type { PubSubPublisher } from '../../shared/adapters/pubsub/publisher.ts';
import type { Clock } from '../../shared/core/clock.ts';
import { seededRandom } from '../../shared/core/random.ts';
import type { Handler } from '../../shared/engine/engine.ts';
import { parseJobSpec } from '../../shared/jobs/document/index.ts';
import type { JobStore, Recoveries } from '../../shared/ports/index.ts';
import { createCloudLog } from '../../shared/wiring/doors/cloud-log.ts';
import type { Door } from '../../shared/wiring/doors/door.ts';
import { createTrace } from '../../shared/wiring/doors/trace.ts';
import { createProduction, type Production } from '../../shared/wiring/production.ts';
import { type HandClock, handClock } from '../support/hand-clock.ts';

export interface Sent {
  readonly topic: string;
  readonly message: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, string>>;
}

/** An instance of a door on a store in memory, with a clock that the test moves. What it publishes is kept and goes nowhere. */
export interface HeldDoor {
  readonly production: Production;
  readonly clock: HandClock;
  readonly store: JobStore;
  readonly sent: Sent[];
  readonly lines: Record<string, unknown>[];
  /** Pushes a message, and resolves with the status. */
  push(message: unknown, headers?: Record<string, string>): Promise<number>;
  request(path: string, init?: RequestInit): Promise<Response>;
  /** When each request was answered, by the clock of the test. */
  readonly answeredAt: readonly number[];
  /** Stores a job as the API would. */
  submit(nodes: readonly object[]): Promise<string>;
  states(jobId: string): Promise<string[]>;
  close(): Promise<void>;
}

export interface DoorFixture {
  /** One that keeps its sessions elsewhere brings them. */
  readonly store?: JobStore & { readonly recoveries?: Recoveries };
  readonly clock?: HandClock;
  readonly handlers?: Readonly<Record<string, Handler>>;
  readonly workMs?: number;
  /** How long Pub/Sub takes to take a message; none unless said. */
  readonly publishMs?: number;
}

/** Two doors are two owners of what they claim. */
let doorsOpened = 0;

export async function aDoor(
  door: Door,
  {
    store = createMemoryJobStore(),
    clock = handClock(),
    handlers = {},
    workMs = 500_000,
    publishMs = 0,
  }: DoorFixture = {},
): Promise<HeldDoor> {
  const sent: Sent[] = [];
  const lines: Record<string, unknown>[] = [];
  const answeredAt: number[] = [];
  const trace = createTrace();
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const log = createCloudLog({ door: 'held', write, trace: () => trace.name('shop') });
  const http = { call: async () => ({ kind: 'succeeded', result: null }) as const };
  const parts = {
    clock,
    random: seededRandom(++doorsOpened),
    store,
    policies: createMemoryPolicies(),
    counts: createMemoryTargetCounts(),
    batches: createMemoryBatches(),
    recoveries: store.recoveries ?? createMemoryRecoveries(),
    guardRecords: createMemoryGuardRecords(),
    publisher: aPublisher(sent, clock, publishMs),
    http,
    report: log.failure,
  };
  const production = createProduction(
    { ...parts, traceparent: trace.traceparent },
    { concurrency: door.executes ? 100 : 0, leaseMs: 60_000, handlers: new Map(Object.entries(handlers)) },
    async () => {},
  );
  const serve = await door.open({ production, log, trace, version: '0.0.0', workMs, answerMs: workMs + 2_000 });
  // As the framework does, it reads the body before the function is called.
  const server = createServer(async (request, response) => {
    const rawBody = await buffer(request);
    const express = Object.assign(response, {
      status: (code: number) => Object.assign(response, { statusCode: code }),
    });
    await serve(Object.assign(request, rawBody.length > 0 && { rawBody }) as never, express as never);
    answeredAt.push(clock.now());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    production,
    clock,
    store,
    sent,
    lines,
    answeredAt,
    request: (path, init) => fetch(`${url}${path}`, init),
    async push(message, headers = {}) {
      const data = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)).toString('base64');
      const body = JSON.stringify({ subscription: 's', message: { data, messageId: '7', attributes: {} } });
      return (await fetch(url, { method: 'POST', headers, body })).status;
    },
    async submit(nodes) {
      const parsed = parseJobSpec({ name: 'order', nodes }, clock.now());
      if (parsed.kind === 'faults') throw new Error(JSON.stringify(parsed.faults));
      const submitted = await production.engine.submit(parsed.spec);
      if (submitted.kind !== 'created') throw new Error(JSON.stringify(submitted));
      await production.finish();
      return submitted.jobId;
    },
    async states(jobId) {
      const job = await store.load(jobId);
      return [job!.header.state, ...job!.pages.flatMap(({ nodes }) => nodes.map(({ state }) => state))];
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function aPublisher(sent: Sent[], clock: Clock, publishMs: number): PubSubPublisher {
  const underWay = new Set<Promise<void>>();
  return {
    async send(topic, { text, attributes }) {
      const taken = publishMs > 0 ? clock.sleep(publishMs) : Promise.resolve();
      underWay.add(taken);
      await taken;
      underWay.delete(taken);
      sent.push({ topic, message: JSON.parse(text) as Sent['message'], attributes });
      return String(sent.length);
    },
    async flush() {
      await Promise.all(underWay);
    },
    usage: () => ({ messages: sent.length, bytes: 0, calls: sent.length }),
    close: async () => {},
  };
}
