import { expect } from '@jest/globals';
import { createMemoryPolicies } from '../../../shared/adapters/memory/policies.ts';
import { seededRandom } from '../../../shared/core/random.ts';
import { type Api, type ApiParts, createApi } from '../../../shared/edge/api/create-api.ts';
import { problemsOf } from '../../../shared/edge/api/open-api.ts';
import { type ProblemCode, problems } from '../../../shared/edge/api/problem.ts';
import type { Route } from '../../../shared/edge/api/route.ts';
import { routes } from '../../../shared/edge/api/routes/index.ts';
import { problemDocument } from '../../../shared/edge/api/schemas/common.ts';
import type { JobEvent } from '../../../shared/jobs/index.ts';
import type { Policies } from '../../../shared/ports/index.ts';
import { aGuardDesk, type HeldDesk } from '../../support/a-guard-desk.ts';
import { type FakeEngine, fakeEngine } from '../../support/fake-engine.ts';
import { type HandClock, handClock } from '../../support/hand-clock.ts';

/** The porch before an engine that the test holds in its hand. Every answer is held against the table of routes. */
export interface Porch {
  readonly api: Api;
  readonly engine: FakeEngine;
  readonly policies: Policies;
  readonly guards: HeldDesk;
  readonly clock: HandClock;
  readonly reported: { error: unknown; context: string }[];
  ask(method: string, path: string, more?: Asked): Promise<Told>;
  /** Submits and gives the id. */
  submit(document: unknown): Promise<string>;
  happens(jobId: string, ...events: readonly JobEvent[]): void;
}

export interface Asked {
  readonly json?: unknown;
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export function aPorch(more: Partial<ApiParts> = {}): Porch {
  const clock = handClock(Date.UTC(2031, 0, 1));
  const engine = fakeEngine(clock.now);
  const reported: Porch['reported'] = [];
  const report = (error: unknown, context: string) => void reported.push({ error, context });
  const { policies = createMemoryPolicies() } = more;
  const guards = aGuardDesk(clock);
  const parts = { engine, clock, random: seededRandom(1), version: '0.1.0', report, guards: guards.desk };
  const api = createApi({ ...parts, ...more, policies });
  const ask: Porch['ask'] = async (method, path, asked = {}) => {
    const response = await api.fetch(requestOf(method, path, asked));
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    const body = /(?<!nd)json/.test(type) && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : { text };
    const told = { status: response.status, headers: response.headers, body };
    holdAgainstTable(method, path, told);
    return told;
  };
  return {
    api,
    engine,
    policies,
    guards,
    clock,
    reported,
    ask,
    async submit(json) {
      const { status, body } = await ask('POST', '/api/v3/jobs', { json });
      expect({ status, ...body }).toMatchObject({ status: 201 });
      return body['jobId'] as string;
    },
    happens: (jobId, ...events) => {
      for (const event of events) expect(engine.happens(jobId, event)).toMatchObject({ kind: 'done' });
    },
  };
}

export function requestOf(method: string, path: string, { json, body, headers = {} }: Asked = {}): Request {
  const sent = json === undefined ? body : JSON.stringify(json);
  const type = json === undefined ? {} : { 'content-type': 'application/json' };
  return new Request(`http://127.0.0.1:8080${path}`, {
    method,
    headers: { ...type, ...headers },
    ...(sent !== undefined && { body: sent, duplex: 'half' }),
  });
}

export function routeOf(method: string, path: string): Route | undefined {
  const [bare] = path.split('?');
  return routes.find(
    (route) =>
      route.method === method && [route.path, ...(route.aliases ?? [])].some((each) => formOf(each).test(bare!)),
  );
}

/** What is said must be what is described: status, shape, and no field beside. */
export function holdAgainstTable(method: string, path: string, { status, headers, body }: Told): void {
  const route = routeOf(method === 'HEAD' ? 'GET' : method, path);
  if (headers.get('content-type') === 'application/problem+json') {
    expect(problemDocument.parse(body)).toEqual(body);
    const code = body['code'] as ProblemCode;
    expect(problems[code].status).toBe(status);
    if (route) expect(problemsOf(route)).toContain(code);
  } else if (route && method !== 'HEAD') {
    expect(Object.keys(route.answers)).toContain(String(status));
    const { schema } = route.answers[status]!;
    if (schema) expect(schema.parse(body)).toEqual(body);
  }
}

function formOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}$`);
}

/** A small order: charge, then wait for an approval, and pack everything. */
export const order = {
  name: 'order',
  nodes: [
    { id: 'charge', type: 'function', handler: 'charge' },
    { id: 'approve', type: 'signal', dependsOn: ['charge'] },
    {
      id: 'pack',
      type: 'map',
      over: '${nodes.charge.result.items}',
      node: { type: 'function', handler: 'pack' },
      dependsOn: ['charge'],
    },
  ],
};

export const claimed = (node: number, attempt = 1): JobEvent => ({
  kind: 'claimed',
  node,
  attempt,
  owner: 'engine-1',
  leaseUntil: Date.UTC(2031, 0, 2),
});

export const succeeded = (node: number, result: unknown = null, attempt = 1): JobEvent => ({
  kind: 'succeeded',
  node,
  attempt,
  result: result as never,
  resultBytes: 4,
});
