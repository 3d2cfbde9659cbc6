import { parseDuration } from '../../core/duration.ts';
import { parseRetryPolicy } from '../../jobs/document/index.ts';
import type { BreakerSpec } from '../../policy/breaker/index.ts';
import type { BulkheadSpec } from '../../policy/bulkhead/index.ts';
import { faultOfGuardName } from '../../policy/guards/index.ts';
import { type HedgeSpec, hedgeFaults } from '../../policy/hedge/index.ts';
import { type RateLimitSpec, rateLimitFaults } from '../../policy/rate-limit/index.ts';
import type { BreakerHandle } from './breaker-handle.ts';
import type { BulkheadHandle } from './bulkhead-handle.ts';
import { type Fallback, fallbackKinds } from './fall-back.ts';

/** Milliseconds, or a text like `250ms`, `30s`, `5m`. */
export type Span = number | string;

/** What stands around a call. Whatever is left out is not there. */
export interface GuardOptions<Fallen = never> {
  /** All that a call may take: its waits, its attempts and the pauses between them. */
  readonly deadline?: Span;
  readonly rateLimit?: RateLimitSpec;
  /** What the guard's own bulkhead is to be, or another one: by its name, or itself. */
  readonly bulkhead?: BulkheadSpec | BulkheadHandle | string;
  readonly breaker?: BreakerSpec | BreakerHandle | string;
  readonly hedge?: HedgeSpec;
  /** What one attempt may take; that of the breaker's preset unless said. */
  readonly timeout?: Span;
  /** As a job's node says it; `true` for the default. */
  readonly retry?: RetryWish | true;
  readonly fallback?: Fallback<Fallen>;
}

/** A retry policy as it is written in a job, but for what only jobs have. */
export interface RetryWish {
  readonly strategy?: 'immediate' | 'fixed' | 'linear' | 'exponential' | 'fibonacci' | 'custom';
  readonly maxAttempts?: number;
  readonly delay?: Span;
  readonly factor?: number;
  readonly delays?: readonly Span[];
  readonly maxDelay?: Span;
  readonly maxElapsed?: Span;
  readonly jitter?: 'none' | 'full' | 'equal' | 'decorrelated';
  readonly nonRetryable?: readonly string[];
  readonly unknown?: 'retry' | 'final';
  readonly retryAfter?: 'honour' | 'ignore';
  readonly maxRetryAfter?: Span;
}

interface Fault {
  readonly path: string;
  readonly message: string;
}

/** A day: what takes longer is a job. */
const spanMsMost = 86_400_000;

const known = ['deadline', 'rateLimit', 'bulkhead', 'breaker', 'hedge', 'timeout', 'retry', 'fallback'] as const;

/** Every fault of what a guard's own parts say. Breakers and bulkheads look at what is said of them themselves. */
export function guardFaults(name: string | undefined, options: GuardOptions<unknown>): readonly Fault[] {
  const { rateLimit, hedge, retry, fallback } = options;
  return [
    ...unknownFaults(options),
    ...nameFaults(name, options),
    ...spanFaults('deadline', options.deadline),
    ...spanFaults('timeout', options.timeout),
    ...(rateLimit ? under('rateLimit', rateLimitFaults(rateLimit)) : []),
    ...(hedge ? under('hedge', hedgeFaults(hedge)) : []),
    ...(retry && retry !== true ? under('retry', retryFaults(retry)) : []),
    ...(fallback ? fallbackFaults(fallback) : []),
  ];
}

export function spanMs(span: Span): number {
  return typeof span === 'number' ? span : (parseDuration(span) ?? Number.NaN);
}

function under(part: string, faults: readonly Fault[]): readonly Fault[] {
  return faults.map(({ path, message }) => ({ path: `${part}.${path}`, message }));
}

function unknownFaults(options: object): readonly Fault[] {
  const strange = Object.keys(options).filter((key) => !(known as readonly string[]).includes(key));
  return strange.map((path) => ({ path, message: `is no option; there are ${known.join(', ')}` }));
}

/** What the fleet shares is found by its name. */
function nameFaults(name: string | undefined, { rateLimit, bulkhead, breaker }: GuardOptions<unknown>): Fault[] {
  const fault = name === undefined ? undefined : faultOfGuardName(name);
  if (fault !== undefined) return [{ path: 'name', message: fault }];
  const needs = [rateLimit && 'rateLimit', isSpec(bulkhead) && 'bulkhead', isSpec(breaker) && 'breaker'].filter(
    Boolean,
  );
  if (name !== undefined || needs.length === 0) return [];
  return [
    {
      path: 'name',
      message: `is missing: the fleet shares its ${needs.join(' and ')} by it. Write guard('some-name', …)`,
    },
  ];
}

export function isSpec<Said extends object>(
  said: Said | string | undefined,
): said is Exclude<Said, BreakerHandle | BulkheadHandle> {
  return typeof said === 'object' && !('run' in said);
}

function spanFaults(path: string, span: Span | undefined): readonly Fault[] {
  if (span === undefined) return [];
  const ms = spanMs(span);
  if (ms > 0 && ms <= spanMsMost) return [];
  return [
    {
      path,
      message: `is ${JSON.stringify(span)}; write milliseconds above 0 and up to a day, or a text like 250ms, 30s, 5m`,
    },
  ];
}

const ofJobs: Readonly<Record<string, string>> = {
  circuit_breaker: 'waits for a breaker, which only a job can do; here a refusal says when to come back',
  adaptive: 'learns from the runs of jobs; name one of the others',
};

function retryFaults(wish: RetryWish): readonly Fault[] {
  const parsed = parseRetryPolicy(wish);
  if (parsed.kind === 'faults') return parsed.faults;
  const { strategy } = parsed.policy;
  const fault = typeof strategy === 'string' ? ofJobs[strategy] : undefined;
  return fault === undefined ? [] : [{ path: 'strategy', message: `\`${strategy}\` ${fault}` }];
}

function fallbackFaults(fallback: object): readonly Fault[] {
  const kinds = [...fallbackKinds, 'otherwise'];
  const said = Object.keys(fallback);
  const strange = said.filter((kind) => !kinds.includes(kind));
  const message = `is nothing that a call comes to; there are ${kinds.join(', ')}`;
  if (said.length === 0) return [{ path: 'fallback', message: 'says nothing; name what it is for, or `otherwise`' }];
  return strange.map((kind) => ({ path: `fallback.${kind}`, message }));
}
