import { CodedError, codeOf, messageOf } from '../../core/error.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { Fault } from '../../jobs/document/index.ts';
import type { World } from './world.ts';

/** What an engine said over HTTP. */
export type Said =
  | { readonly kind: 'answer'; readonly body: JsonObject; readonly isRepeated: boolean }
  | {
      readonly kind: 'problem';
      readonly code: string;
      readonly lines: readonly string[];
      readonly faults: readonly Fault[];
      /** What would be accepted now. */
      readonly allowed?: readonly string[];
    };

export interface Ask {
  readonly path: string;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks the engine at `url`. Rejects with `engine_unreachable` when none answers there. */
export async function askEngine(world: World, url: string, ask: Ask): Promise<Said> {
  return saidBy(await request(world, url, ask), url);
}

/** For an answer that holds JSON. Rejects with `engine_unreachable` for one that no engine can have given. */
export async function saidBy(response: Response, url: string): Promise<Said> {
  const body = await bodyOf(response, url);
  if (response.ok) return { kind: 'answer', body, isRepeated: response.headers.get('idempotency-replayed') === 'true' };
  return problemOf(body, response.status);
}

export async function request(
  { fetch, operator }: World,
  url: string,
  { path, method = 'GET', body, headers }: Ask,
  signal?: AbortSignal,
): Promise<Response> {
  try {
    return await fetch(`${url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'x-breakwater-operator': operator, ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
      redirect: 'manual',
    });
  } catch (thrown) {
    throw unreachable(url, thrown);
  }
}

/** The path of a job, with what comes behind it. */
export function jobPath(jobId: string, ...more: readonly string[]): string {
  return ['/api/v3/jobs', ...[jobId, ...more].map(encodeURIComponent)].join('/');
}

export function unreachable(url: string, thrown: unknown): CodedError {
  const { cause } = (thrown ?? {}) as { cause?: unknown };
  const reason =
    cause === undefined ? messageOf(thrown) : [codeOf(cause), messageOf(cause)].find((text) => text !== '');
  return new CodedError(
    'engine_unreachable',
    `No engine answers at ${url} (${reason}): start one with \`npm start\`, or name another with --url.`,
    { cause: thrown },
  );
}

async function bodyOf(response: Response, url: string): Promise<JsonObject> {
  try {
    const body: unknown = await response.json();
    if (isJsonObject(body)) return body;
  } catch (thrown) {
    throw new CodedError('engine_unreachable', `What answers at ${url} is no engine (status ${response.status}).`, {
      cause: thrown,
    });
  }
  throw new CodedError('engine_unreachable', `What answers at ${url} is no engine (status ${response.status}).`);
}

/** What the API advises is meant for programs; here is what it means at a terminal. */
const hints: Readonly<Record<string, string>> = {
  policy_not_found: '`breakwater policies` shows those that there are.',
  policy_changed: '`breakwater policies get NAME` shows it.',
  breaker_not_found: '`breakwater breakers` shows those that there are.',
  bulkhead_not_found: '`breakwater bulkheads` shows those that there are; `bulkheads configure NAME` makes one.',
  guard_changed: '`breakwater breakers get NAME` shows it, `bulkheads get NAME` likewise.',
  batch_not_found: '`breakwater batches` shows those that there are.',
  batch_has_ended: '`breakwater batches BATCH --results` tells what it did.',
  batch_id_reused: 'Take another --id.',
  batch_limit_reached: '`breakwater batches --state running` shows them; `breakwater batches cancel BATCH` stops one.',
  recovery_not_found: '`breakwater recoveries` shows those that there are.',
  recovery_under_way: '`breakwater recoveries --open` shows it, and what it may be answered.',
  no_rule_fits: 'Say with --action what is to be done.',
  action_not_possible: '`breakwater diagnose JOB` tells what is.',
  job_not_found: '`breakwater list` shows the jobs of this store.',
  node_is_not_retrying: '`breakwater retries` lists the retries that are scheduled.',
  invalid_request: '`breakwater COMMAND --help` tells what is possible.',
  node_not_found: '`breakwater get JOB --json` lists its nodes; items of a map are named `map[3]`.',
  checkpoint_not_found:
    '`breakwater get JOB` names those that are kept. One goes when a result that it had kept is made again or taken back.',
  idempotency_key_reused:
    'Take another key for what is another request: `--key` of a file, `--request-key` of anything else.',
};

function problemOf(body: JsonObject, status: number): Said {
  const { code, detail, title, next, errors, allowed } = body;
  const advice = hints[String(code)] ?? next;
  const lines = [detail ?? title ?? `status ${status}`, advice].filter((line) => typeof line === 'string');
  const faults = Array.isArray(errors) ? (errors as readonly Fault[]) : [];
  const more = Array.isArray(allowed) ? { allowed: allowed.map(String) } : {};
  return { kind: 'problem', code: String(code ?? status), lines, faults, ...more };
}
