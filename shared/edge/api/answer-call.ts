import type { z } from 'zod';
import { traceIdOf } from '../../core/trace.ts';
import { apiLimits } from './limits.ts';
import { type FieldError, type Problem, problem } from './problem.ts';
import { readBody } from './read-body.ts';
import type { Reply } from './reply.ts';
import type { BodyReader, Call, Desk, Route, Shape } from './route.ts';
import { errorsOf } from './schemas/errors.ts';
import { operator, traceparent } from './schemas/parameters.ts';

/** From a request to what a route says to it: everything is parsed here, once. */
export async function answerCall(
  route: Route,
  request: Request,
  params: Record<string, string>,
  desk: Desk,
): Promise<Reply> {
  const call = readParameters(route, request, params);
  if ('kind' in call) return call;
  const repeated = call.headers['idempotency-key'] !== undefined;
  const body = await readRouteBody(route, request, desk, repeated);
  if (body.kind === 'problem') return body;
  return route.handle({ ...call, body: body.body, signal: request.signal }, desk);
}

type Parameters = Omit<Call<Values, Values, Values, unknown>, 'body' | 'signal'>;
type Values = Readonly<Record<string, unknown>>;

function readParameters(route: Route, request: Request, params: Record<string, string>): Parameters | Problem {
  const errors: FieldError[] = [];
  const path = readShape(route.params ?? {}, params, 'path', errors);
  const given = queryOf(request.url);
  const query = readShape(route.query ?? {}, given, 'query', errors);
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(route.query ?? {}, name))
      errors.push({ path: `query.${name}`, message: 'there is no such parameter' });
  }
  const shape = { ...route.headers, [operatorHeader]: operator, traceparent };
  const headers = readShape(shape, headersOf(request, Object.keys(shape)), 'header', errors);
  if (errors.length > 0) return faulty('invalid_request', errors);
  const asked = askedBy(headers as Readonly<Record<string, string | undefined>>);
  return { path, query, headers, by: asked.by, asked };
}

function askedBy(headers: Readonly<Record<string, string | undefined>>): Parameters['asked'] {
  const { 'idempotency-key': request, traceparent: context = '' } = headers;
  const trace = traceIdOf(context);
  return {
    by: headers[operatorHeader] ?? 'api',
    ...(request !== undefined && { request }),
    ...(trace !== undefined && { trace }),
  };
}

const operatorHeader = 'x-breakwater-operator';

function readShape(shape: Shape, given: Readonly<Record<string, string>>, where: string, errors: FieldError[]): Values {
  const values: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(shape)) {
    const read = schema.safeParse(given[name]);
    if (read.success) values[name] = read.data;
    else errors.push(...errorsOf(read.error as z.ZodError, `${where}.${name}`));
  }
  return values;
}

function queryOf(url: string): Record<string, string> {
  const given: Record<string, string> = Object.create(null) as Record<string, string>;
  const at = url.indexOf('?');
  if (at < 0) return given;
  for (const [name, value] of new URLSearchParams(url.slice(at + 1))) {
    given[name] = given[name] === undefined ? value : `${given[name]},${value}`;
  }
  return given;
}

function headersOf(request: Request, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = request.headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

async function readRouteBody(
  route: Route,
  request: Request,
  { clock, policies }: Desk,
  repeated: boolean,
): Promise<{ kind: 'read'; body: unknown } | Problem> {
  if (!route.body) return { kind: 'read', body: undefined };
  const read = await readBody(request, route.body);
  if (read.kind === 'problem') return read;
  const verdict = await route.body.read(read.document, clock.now(), repeated, policies);
  return verdict.kind === 'read' ? verdict : faulty(route.body.faultCode, verdict.faults);
}

export function faulty(code: BodyReader<unknown>['faultCode'], faults: readonly FieldError[]): Problem {
  const [first] = faults;
  const rest = faults.length > 1 ? `, and ${faults.length - 1} more` : '';
  const detail = first
    ? `${first.path === '' ? '' : `${first.path}: `}${first.message}${rest}`
    : 'the request is not as described';
  return problem(code, detail, { errors: faults.slice(0, apiLimits.errorsTold) });
}
