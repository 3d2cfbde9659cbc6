import { describe, expect, test } from '@jest/globals';
import { routes } from '../../../shared/edge/api/routes/index.ts';
import { aBreaker, aBulkhead } from '../../support/a-guard-desk.ts';
import { type Asked, aPorch, claimed, order, type Porch, succeeded } from './a-porch.ts';

describe('the table of routes', () => {
  test.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    '%s answers as it says',
    async (_, route) => {
      const porch = await withOrder();
      for (const path of [route.path, ...(route.aliases ?? [])]) {
        const told = await porch.ask(route.method, filled(path), asked[route.name]);
        expect(told.status).toBe(expected[route.name] ?? 200);
      }
    },
  );

  test('names are unique, and so are methods with their paths', () => {
    expect(new Set(routes.map(({ name }) => name)).size).toBe(routes.length);
    expect(new Set(routes.map(({ method, path }) => `${method} ${path}`)).size).toBe(routes.length);
  });
});

describe('/openapi.json', () => {
  test('every route is described with its parameters, answers and problems', async () => {
    const document = await openApi();
    for (const { method, path, name, params, body } of routes) {
      const operation = document.paths[path]![method.toLowerCase()]!;
      expect(operation.operationId).toBe(name);
      const inPath = operation.parameters
        .filter((parameter) => parameter.in === 'path')
        .map((parameter) => parameter.name);
      expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, each]) => each));
      expect(inPath).toEqual(Object.keys(params ?? {}));
      expect(operation.requestBody !== undefined).toBe(body !== undefined);
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['400', '500', '503']));
    }
  });

  test('every reference leads to a schema, and every schema is led to', async () => {
    const document = await openApi();
    const text = JSON.stringify(document);
    const references = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, each]) => each!));
    const schemas = Object.keys(document.components.schemas).map((each) => `#/components/schemas/${each}`);
    expect([...references].sort()).toEqual(schemas.sort());
    expect(text).not.toContain('$defs');
  });

  test('operation ids are unique', async () => {
    const document = await openApi();
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('durations of a job are described as they are written, not as they are kept', async () => {
    const { components } = await openApi();
    const { timeout } = (components.schemas['JobDocument'] as { properties: Record<string, { type: unknown }> })
      .properties;
    expect(timeout!.type).toEqual(['number', 'string']);
  });

  test('lists in the query are written with commas', async () => {
    const { paths } = await openApi();
    const state = paths['/api/v3/jobs']!['get']!.parameters.find(({ name }) => name === 'state');
    expect(state).toMatchObject({ in: 'query', style: 'form', explode: false, schema: { type: 'array' } });
  });
});

/** What a route needs to answer well about `job-1`, an order whose charge is done. */
const asked: Readonly<Record<string, Asked>> = {
  submitJob: { json: order, headers: { 'idempotency-key': 'another' } },
  validateJob: { json: order },
  cancelJob: { json: { reason: 'a mistake' } },
  signalJob: { json: true },
  completeNode: { json: { attempt: 1, result: 'packed' } },
  failNode: { json: { attempt: 1, failure: { code: 'broken', message: 'the cup is broken' } } },
  heartbeatNode: { json: { attempt: 1 } },
  retryNode: { json: { attempt: 1 } },
  cancelRetry: { json: { attempt: 1, reason: 'a mistake' } },
  streamEvents: { headers: { 'last-event-id': 'end' } },
  redriveJob: { json: { nodes: ['charge'], reason: 'a mistake' } },
  resumeJob: { headers: { 'x-breakwater-operator': 'ada' } },
  recoverJob: { json: { job: 'job-1', action: 'escalate', to: 'ada' } },
  answerRecovery: { json: { action: 'retry', reason: 'the bank is open' } },
  takeCheckpoint: { json: { name: 'charged' } },
  startBatch: { json: { action: 'cancel', filter: { name: 'order' } } },
  createRetryPolicy: { json: { name: 'other', policy: { maxAttempts: 2 } } },
  putRetryPolicy: { json: { maxAttempts: 7 }, headers: { 'if-match': '"1"' } },
  putBreaker: { json: { failures: 3 } },
  forceBreaker: { json: { kind: 'forced_open', reason: 'it burns' } },
  putBulkhead: { json: { limit: 3 } },
};

const expected: Readonly<Record<string, number>> = {
  submitJob: 201,
  recoverJob: 201,
  restoreJob: 409,
  startBatch: 202,
  cancelBatch: 409,
  createRetryPolicy: 201,
  streamEvents: 204,
  resumeJob: 409,
  retryNode: 409,
  cancelRetry: 409,
  retryCompensation: 409,
};

async function withOrder(): Promise<Porch> {
  const porch = aPorch();
  await porch.policies.create('retry', 'approve', { body: { maxAttempts: 5 }, at: 1, by: 'ada' });
  porch.guards.breakers.push(aBreaker('approve'));
  porch.guards.bulkheads.push(aBulkhead('approve'));
  await porch.submit(order);
  await porch.ask('POST', '/api/v3/batches', { json: { id: 'b', action: 'resume', all: true } });
  await porch.clock.advance(0);
  porch.happens('job-1', claimed(0), succeeded(0, { items: ['cup'] }), claimed(3));
  await porch.submit({ ...order, recovery: [{ on: '*', do: 'escalate' }] });
  const failure = { code: 'card_declined', message: 'no', retryable: false };
  porch.happens('job-2', claimed(0), { kind: 'failed', node: 0, attempt: 1, failure, chance: 0 });
  return porch;
}

function filled(path: string): string {
  const node = encodeURIComponent('pack[0]');
  const known = path.replace('{job}', 'job-1').replace('{node}', node).replace('{name}', 'approve');
  return known.replace('{batch}', 'b').replace('{recovery}', 'job-2.r1');
}

interface OpenApi {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, unknown> };
}

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { name: string; in: string }[];
  readonly requestBody?: unknown;
  readonly responses: Record<string, unknown>;
}

async function openApi(): Promise<OpenApi> {
  const { body } = await aPorch().ask('GET', '/openapi.json');
  return body as unknown as OpenApi;
}
