import type { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Guards } from '../../engine/guards/guards.ts';
import type { ByOperator } from '../../jobs/index.ts';
import type { Policies } from '../../ports/index.ts';
import type { FieldError, ProblemCode } from './problem.ts';
import type { BodyRule } from './read-body.ts';
import type { Reply } from './reply.ts';
import type { StreamPool } from './stream-pool.ts';

/** What routes work with. */
export interface Desk {
  readonly engine: Engine;
  readonly policies: Policies;
  readonly guards: Guards;
  readonly clock: Clock;
  readonly version: string;
  readonly streams: StreamPool;
  /** For what broke behind an answer that has been given. */
  readonly report: (error: unknown, context: string) => void;
  /** The OpenAPI document, made when first asked for. */
  readonly openApi: () => unknown;
}

/** A request after parsing: a route reads nothing else of it. */
export interface Call<Path, Query, Headers, Body> {
  readonly path: Path;
  readonly query: Query;
  readonly headers: Headers;
  readonly body: Body;
  /** Who asks, for the audit. */
  readonly by: string;
  /** The same with the call that it came by: its idempotency key, where the route takes one, and its trace. */
  readonly asked: Omit<ByOperator, 'reason'>;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

/** One entry of the table that both the router and the OpenAPI document are made from. */
export interface RouteDefinition<Path extends Shape, Query extends Shape, Headers extends Shape, Body> {
  /** The operation's id. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `{name}` is a parameter. */
  readonly path: string;
  /** Further addresses of the same. */
  readonly aliases?: readonly string[];
  readonly tag: 'jobs' | 'nodes' | 'recoveries' | 'batches' | 'policies' | 'guards' | 'engine';
  readonly summary: string;
  readonly description?: string;
  readonly params?: Path;
  /** Every value is optional text; one that is repeated comes joined with commas. */
  readonly query?: Query;
  /** Named in lower case. */
  readonly headers?: Headers;
  readonly body?: BodyReader<Body>;
  /** By status, all that are no problem. */
  readonly answers: Readonly<Record<number, AnswerRule>>;
  /** Beside those that every route can give. */
  readonly problems?: readonly ProblemCode[];
  readonly handle: (
    call: Call<Values<Path>, Values<Query>, Values<Headers>, Body>,
    desk: Desk,
  ) => Reply | Promise<Reply>;
}

export type Shape = Readonly<Record<string, z.ZodType>>;
type Values<S extends Shape> = { readonly [K in keyof S]: z.output<S[K]> };
type Nothing = Readonly<Record<never, never>>;

export interface AnswerRule {
  readonly description: string;
  /** Absent when nothing or no JSON is sent. */
  readonly schema?: z.ZodType;
  readonly mediaType?: 'application/json' | 'text/event-stream' | 'application/x-ndjson' | 'text/plain';
  /** Names of headers with their meaning. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface BodyReader<Body> extends BodyRule {
  /** Describes what `read` takes. */
  readonly schema: z.ZodType;
  readonly required: boolean;
  /** The problem that faults are told with. */
  readonly faultCode: 'invalid_job' | 'invalid_policy' | 'invalid_request' | 'spec_does_not_fit';
  readonly read: (
    document: unknown,
    now: number,
    repeated: boolean,
    policies: Policies,
  ) => BodyVerdict<Body> | Promise<BodyVerdict<Body>>;
}

export type BodyVerdict<Body> =
  | { readonly kind: 'read'; readonly body: Body }
  | { readonly kind: 'faults'; readonly faults: readonly FieldError[] };

/** A route whose types are of no more interest: `answerCall` parses before it hands on. */
export type Route = RouteDefinition<Shape, Shape, Shape, unknown>;

export function defineRoute<
  Path extends Shape = Nothing,
  Query extends Shape = Nothing,
  Headers extends Shape = Nothing,
  Body = undefined,
>(definition: RouteDefinition<Path, Query, Headers, Body>): Route {
  return definition as unknown as Route;
}
