import type { Agent, Dispatcher } from 'undici';
import type { Clock } from '../../core/clock.ts';
import type { EgressPolicy } from '../../policy/egress/index.ts';
import type { Failure } from '../../policy/retry/index.ts';
import type { Attempt, HttpCall, HttpCaller, Outcome } from '../../ports/index.ts';
import { detailsOf, headerOf, isJson, resultOf } from './answer.ts';
import { discard, readStart, readWhole } from './body.ts';
import { failureFor, failureFrom, statusFailure } from './failures.ts';
import { guardedAgent, type Resolver, systemResolver } from './guarded-agent.ts';
import { firstHop, type Hop, nextHop, tell } from './hop.ts';
import { retryAfterMsOf } from './retry-after.ts';

export interface HttpCallerOptions extends EgressPolicy {
  /** What the date of a `Retry-After` is compared with when its answer has none of its own. */
  readonly clock: Pick<Clock, 'now'>;
  /** Bytes of an answer after decompression; 1 MiB unless said, the limit of a result. */
  readonly maxResponseBytes?: number;
  /** From the look-up of the name to the end of the TLS handshake; 10,000 unless said. */
  readonly connectTimeoutMs?: number;
  /** Longest silence of a target, for attempts without a timeout of their own; an hour unless said. */
  readonly silenceTimeoutMs?: number;
  /** The system's unless said. */
  readonly resolver?: Resolver;
  /** Told to targets as `breakwater/<version>`. */
  readonly version?: string;
}

type Answer = Dispatcher.ResponseData;
type Exchange =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly failure: Failure };
/** What all calls of one caller share. */
interface Line {
  readonly agent: Agent;
  readonly clock: Pick<Clock, 'now'>;
  readonly maxResponseBytes: number;
  readonly userAgent: string;
}

/** Of an error's text: enough to see what it is about, and no longer wait than the news of the error can bear. */
const excerpt = { bytes: 1_024, ms: 1_000 } as const;
/** Of an error in JSON, which must be whole to be read: it may say when to come back. */
const wholeError = { bytes: 16 * 1_024, ms: 1_000 } as const;

/**
 * Calls over HTTP/1.1 with undici. How many run at once is the engine's to say; here nothing queues. The result of a call is its
 * answer's body alone, see `resultOf`. `close` ends whatever is still under way.
 */
export function httpCaller(options: HttpCallerOptions): HttpCaller & { close(): Promise<void> } {
  const agent = guardedAgent({
    policy: { allow: options.allow, only: options.only ?? false },
    resolver: options.resolver ?? systemResolver,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    silenceTimeoutMs: options.silenceTimeoutMs ?? 3_600_000,
  });
  const userAgent = options.version === undefined ? 'breakwater' : `breakwater/${options.version}`;
  const { clock } = options;
  const line = { agent, clock, userAgent, maxResponseBytes: options.maxResponseBytes ?? 1_024 * 1_024 };
  return {
    call: (call, attempt) =>
      callThrough(line, call, attempt).catch((thrown) => failed(failureFrom(thrown, 'HTTP request', attempt.signal))),
    close: () => agent.destroy(),
  };
}

async function callThrough(line: Line, call: HttpCall, attempt: Attempt): Promise<Outcome> {
  const first = firstHop(call, attempt, line.userAgent);
  if (first.kind === 'refused') return failed(failureFor(first.code, `${call.method} request`, first.reason));
  let hop = first.hop;
  for (let followed = 0; ; followed++) {
    const exchange = await exchangeOver(line, hop, attempt.signal);
    if (exchange.kind === 'failed') return exchange;
    const { answer } = exchange;
    const location = locationOf(answer);
    if (location === undefined) return outcomeOf(line, hop, answer, attempt.signal);
    discard(answer.body);
    const next = followRedirect(call, hop, answer.statusCode, location, followed);
    if ('failure' in next) return failed(next.failure);
    hop = next.hop;
  }
}

async function exchangeOver(line: Line, hop: Hop, signal: AbortSignal): Promise<Exchange> {
  try {
    const { url, method, headers, body } = hop;
    const path = url.pathname + url.search;
    const options = { origin: url.origin, path, method, headers, body: body ?? null, signal };
    return { kind: 'answered', answer: await line.agent.request(options as Dispatcher.RequestOptions) };
  } catch (thrown) {
    return failed(failureFrom(thrown, tell(hop), signal));
  }
}

function locationOf(answer: Answer): string | undefined {
  return redirects.has(answer.statusCode) ? headerOf(answer.headers, 'location') : undefined;
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

function followRedirect(
  call: HttpCall,
  hop: Hop,
  status: number,
  location: string,
  followed: number,
): { hop: Hop } | { failure: Failure } {
  const details = { status, location: location.slice(0, excerpt.bytes) };
  if (call.redirects === 0) {
    return {
      failure: failureFor('redirect_refused', tell(hop), `set \`redirects\` to follow it (${status})`, details),
    };
  }
  if (followed >= call.redirects) {
    return { failure: failureFor('too_many_redirects', tell(hop), `${followed} were followed`, details) };
  }
  const next = nextHop(hop, status, location);
  return next.kind === 'hop' ? { hop: next.hop } : { failure: failureFor(next.code, tell(hop), next.reason, details) };
}

async function outcomeOf(line: Line, hop: Hop, answer: Answer, signal: AbortSignal): Promise<Outcome> {
  const { statusCode: status, headers, body } = answer;
  const coding = (headerOf(headers, 'content-encoding') ?? '').trim().toLowerCase();
  if (status < 200 || status > 299) {
    return failed(await failureOfStatus(line, hop, answer, coding));
  }
  try {
    return {
      kind: 'succeeded',
      result: resultOf(await readWhole(body, coding, line.maxResponseBytes), headerOf(headers, 'content-type')),
    };
  } catch (thrown) {
    discard(body);
    return failed(failureFrom(thrown, tell(hop), signal));
  }
}

async function failureOfStatus(line: Line, hop: Hop, { statusCode, headers, body }: Answer, coding: string) {
  const most = isJson(headerOf(headers, 'content-type')) ? wholeError : excerpt;
  const start = await readStart(body, coding, most);
  const details = detailsOf(statusCode, headers, start.subarray(0, excerpt.bytes));
  return statusFailure(statusCode, tell(hop), details, retryAfterMsOf(headers, start, line.clock));
}

function failed(failure: Failure): { kind: 'failed'; failure: Failure } {
  return { kind: 'failed', failure };
}
