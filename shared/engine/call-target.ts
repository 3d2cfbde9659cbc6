import { messageOf } from '../core/error.ts';
import { type Json, sizeOf } from '../core/json.ts';
import {
  type Filled,
  fillTemplate,
  type HttpNode,
  inputAt,
  type Job,
  keptBounds,
  limits,
  nodeIdAt,
  nodeSpecAt,
  scopeAt,
  whyNot,
} from '../jobs/index.ts';
import type { Attempt, HttpCaller, Outcome, TopicPublisher } from '../ports/index.ts';
import type { Handler } from './engine.ts';
import { failureOf } from './failure-of.ts';

/** What nodes can call. */
export interface Targets {
  readonly http: HttpCaller;
  readonly topics: TopicPublisher;
  readonly handlers: ReadonlyMap<string, Handler>;
}

/** Makes the call of one attempt. Never throws: whatever goes wrong, and whoever threw it, is a failed outcome. */
export async function callTarget(targets: Targets, job: Job, node: number, attempt: Attempt): Promise<Outcome> {
  try {
    return await makeCall(targets, job, node, attempt);
  } catch (thrown) {
    return { kind: 'failed', failure: failureOf(thrown) };
  }
}

async function makeCall(targets: Targets, job: Job, node: number, attempt: Attempt): Promise<Outcome> {
  const input = inputAt(job, node);
  if (input.kind !== 'filled') return notFilled('input', input);
  const spec = nodeSpecAt(job, node);
  switch (spec.type) {
    case 'function':
      return callHandler(
        targets.handlers.get(spec.handler),
        spec.handler,
        input.value,
        attempt,
        spec.completion === 'callback',
      );
    case 'http':
      return callHttp(targets.http, job, node, spec, input.value, attempt);
    case 'pubsub':
      return callTopic(targets.topics, job, node, spec, input.value, attempt);
    default:
      return failed('not_a_call', `a ${spec.type} node makes no call`, false);
  }
}

async function callHandler(
  handler: Handler | undefined,
  name: string,
  input: Json,
  attempt: Attempt,
  calledBack: boolean,
): Promise<Outcome> {
  if (!handler) return failed('handler_unknown', `no handler \`${name}\` is registered with this engine`);
  const value = await handler(ownCopy(input), attempt);
  return calledBack ? { kind: 'accepted' } : asResult(value);
}

/** What a handler does to its input must not reach the results and specs that it was filled from. */
function ownCopy(input: Json): Json {
  return typeof input === 'object' && input !== null ? structuredClone(input) : input;
}

async function callHttp(
  http: HttpCaller,
  job: Job,
  node: number,
  spec: Omit<HttpNode, 'id'>,
  input: Json,
  attempt: Attempt,
): Promise<Outcome> {
  const scope = scopeAt(job, node);
  const filled = fillTemplate(
    { url: spec.url, headers: spec.headers ?? {}, body: spec.body ?? null },
    scope,
    keptBounds,
  );
  if (filled.kind !== 'filled') return notFilled('the call', filled);
  const { url, headers, body } = filled.value as { url: Json; headers: Record<string, string>; body: Json };
  const method = spec.method ?? (spec.body !== undefined || spec.input !== undefined ? 'POST' : 'GET');
  const takesInput = spec.input !== undefined && method !== 'GET' && method !== 'HEAD';
  const sent = spec.body !== undefined ? body : takesInput ? input : undefined;
  const call = { url: String(url), method, headers: texts(headers), redirects: spec.redirects ?? 0 };
  const outcome = await http.call({ ...call, ...(sent !== undefined && { body: sent }) }, attempt);
  if (outcome.kind !== 'succeeded') return outcome;
  return spec.completion === 'callback' ? { kind: 'accepted' } : asResult(outcome.result);
}

async function callTopic(
  topics: TopicPublisher,
  job: Job,
  node: number,
  spec: { topic: string; attributes?: Readonly<Record<string, string>>; completion?: 'publish' | 'callback' },
  input: Json,
  { attempt, idempotencyKey }: Attempt,
): Promise<Outcome> {
  const filled = fillTemplate({ topic: spec.topic, attributes: spec.attributes ?? {} }, scopeAt(job, node), keptBounds);
  if (filled.kind !== 'filled') return notFilled('the message', filled);
  const { topic, attributes } = filled.value as { topic: Json; attributes: Record<string, Json> };
  const message = { jobId: job.id, nodeId: nodeIdAt(job, node), attempt, idempotencyKey, input };
  const outcome = await topics.publish(String(topic), message, texts(attributes));
  if (outcome.kind !== 'succeeded') return outcome;
  return spec.completion === 'publish' ? outcome : { kind: 'accepted' };
}

/** JSON as it will be read back: what a handler returned is measured and copied, so that nobody changes it later. */
function asResult(value: unknown): Outcome {
  if (value === undefined || value === null) return { kind: 'succeeded', result: null };
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (thrown) {
    return failed('result_not_json', `the result can't be written as JSON: ${messageOf(thrown)}`, false);
  }
  if (text === undefined) return failed('result_not_json', `a ${typeof value} can't be written as JSON`, false);
  const bytes = Buffer.byteLength(text);
  if (bytes > limits.resultBytes) {
    return failed('result_too_large', `the result has ${bytes} bytes; ${limits.resultBytes} are the most`, false);
  }
  const result = JSON.parse(text) as Json;
  if (isTooDeep(result, text)) {
    return failed('result_not_json', `the result is nested more than ${limits.resultDepth} deep`, false);
  }
  return { kind: 'succeeded', result };
}

/** Every level takes two characters, so most results need no look. */
function isTooDeep(result: Json, text: string): boolean {
  const { resultBytes, resultDepth } = limits;
  return text.length > 2 * resultDepth && sizeOf(result, resultBytes).depth > resultDepth;
}

function notFilled(what: string, fill: Exclude<Filled, { kind: 'filled' }>): Outcome {
  const code = fill.kind === 'tooLarge' ? 'input_too_large' : 'input_unresolved';
  return failed(code, `${what}: ${whyNot(fill)}`, false);
}

function failed(code: string, message: string, retryable?: boolean): Outcome {
  return { kind: 'failed', failure: { code, message, ...(retryable !== undefined && { retryable }) } };
}

function texts(values: Readonly<Record<string, Json>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
