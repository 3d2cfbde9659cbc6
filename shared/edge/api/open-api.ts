import { z } from 'zod';
import { type ProblemCode, problems } from './problem.ts';
import type { AnswerRule, Route, Shape } from './route.ts';
import { problemDocument } from './schemas/common.ts';
import { operator, traceparent } from './schemas/parameters.ts';

type Doc = Readonly<Record<string, unknown>>;

/** OpenAPI 3.1 of the routes, from the very schemas that validate. */
export function openApiDocument(routes: readonly Route[], version: string): Doc {
  const { describe, components } = describeSchemas(routes);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    for (const [place, path] of [route.path, ...(route.aliases ?? [])].entries()) {
      const operationId = place === 0 ? route.name : `${route.name}${place + 1}`;
      paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, operationId, describe) };
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Breakwater',
      version,
      description:
        'Jobs made of nodes, run to their end whatever dies. Times are milliseconds since the epoch; durations are milliseconds.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [],
    tags: [
      { name: 'jobs', description: 'Submit, read and steer jobs.' },
      { name: 'nodes', description: 'Read nodes, report on attempts from outside, and decide on retries.' },
      { name: 'recoveries', description: 'What is found to be wrong with jobs, and what is done about it.' },
      { name: 'batches', description: 'One action on many jobs.' },
      { name: 'policies', description: 'Retry policies with names and versions.' },
      { name: 'guards', description: 'Circuit breakers and bulkheads of the whole fleet.' },
      { name: 'engine', description: 'The engine itself.' },
    ],
    paths,
    components: { schemas: components },
  };
}

type Describe = (schema: z.ZodType) => Doc;

function operation(route: Route, operationId: string, describe: Describe): Doc {
  const { tag, summary, description, body } = route;
  const mediaTypes = body?.yaml ? ['application/json', 'application/yaml'] : ['application/json'];
  const content = body && Object.fromEntries(mediaTypes.map((type) => [type, { schema: describe(body.schema) }]));
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    parameters: [
      ...parameters(route.params, 'path'),
      ...parameters(route.query, 'query'),
      ...parameters({ ...route.headers, 'X-Breakwater-Operator': operator, Traceparent: traceparent }, 'header'),
    ],
    ...(body && { requestBody: { required: body.required, content } }),
    responses: joined(answers(route, describe), problemAnswers(problemsOf(route), describe)),
  };
}

function parameters(shape: Shape | undefined, where: 'path' | 'query' | 'header'): Doc[] {
  return Object.entries(shape ?? {}).map(([name, schema]) => {
    const { $schema: _, description, ...described } = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' });
    const isList = described.type === 'array';
    return {
      name: where === 'header' ? headerName(name) : name,
      in: where,
      ...(description !== undefined && { description }),
      required: where === 'path',
      ...(isList && { style: 'form', explode: false }),
      schema: described,
    };
  });
}

function headerName(name: string): string {
  return name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase()).replace(/\bId\b/, 'ID');
}

function answers(route: Route, describe: Describe): Record<string, Doc> {
  return Object.fromEntries(Object.entries(route.answers).map(([status, rule]) => [status, answer(rule, describe)]));
}

function answer({ description, schema, mediaType, headers }: AnswerRule, describe: Describe): Doc {
  const type = mediaType ?? (schema && 'application/json');
  return {
    description,
    ...(headers && {
      headers: mapValues(headers, (meaning) => ({ description: meaning, schema: { type: 'string' } })),
    }),
    ...(type && { content: { [type]: { schema: schema ? describe(schema) : { type: 'string' } } } }),
  };
}

/** What a route can meet beside what it names itself: each follows from what it reads. */
export function problemsOf(route: Route): ProblemCode[] {
  const readsBody: ProblemCode[] = ['malformed_body', 'body_too_large', 'unsupported_media_type'];
  const everywhere: ProblemCode[] = [
    'invalid_request',
    'foreign_origin',
    'internal_error',
    'job_unreadable',
    'store_damaged',
    'store_unavailable',
  ];
  return [...new Set([...(route.problems ?? []), ...(route.body ? readsBody : []), ...everywhere])];
}

function problemAnswers(codes: readonly ProblemCode[], describe: Describe): Record<string, Doc> {
  const byStatus = Object.groupBy(codes, (code) => String(problems[code].status));
  return mapValues(byStatus as Record<string, ProblemCode[]>, (some) => ({
    description: some.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
    ...(some.some((code) => problems[code].status === 503) && {
      headers: { 'Retry-After': { description: 'Seconds after which to try again.', schema: { type: 'integer' } } },
    }),
    content: { 'application/problem+json': { schema: describe(problemDocument) } },
  }));
}

/** A status may mean an answer or a problem: the kind of the content tells them apart. */
function joined(said: Record<string, Doc>, failed: Record<string, Doc>): Record<string, Doc> {
  return mapValues({ ...failed, ...said }, (_, status) => {
    const both = [said[status], failed[status]].filter((each) => each !== undefined);
    const description = both.map((each) => each['description']).join(' ');
    return {
      ...Object.assign({}, ...both),
      description,
      content: Object.assign({}, ...both.map((each) => each['content'])),
    };
  });
}

/** All schemas of bodies in one conversion, so that what several of them share has one name. */
function describeSchemas(routes: readonly Route[]): { describe: Describe; components: Doc } {
  const used = routes.flatMap((route) => [
    route.body?.schema,
    ...Object.values(route.answers).map(({ schema }) => schema),
  ]);
  const all = [...new Set([...used.filter((schema) => schema !== undefined), problemDocument])];
  const whole = z.object(Object.fromEntries(all.map((schema, place) => [`schema${place}`, schema])));
  const made = JSON.parse(JSON.stringify(z.toJSONSchema(whole, { io: 'input', unrepresentable: 'any' })), relocate) as {
    properties: Record<string, Doc>;
    $defs: Record<string, Doc>;
  };
  return { describe: (schema) => made.properties[`schema${all.indexOf(schema)}`]!, components: made.$defs };
}

/** Definitions move from the converter's place for them to that of OpenAPI, where their name is the key alone. */
function relocate(key: string, value: unknown): unknown {
  if (key === '$ref' && typeof value === 'string') return value.replace('#/$defs/', '#/components/schemas/');
  return value;
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  change: (value: From, key: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}
