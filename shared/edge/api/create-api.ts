import { Hono } from 'hono';
import type { Clock } from '../../core/clock.ts';
import { newId } from '../../core/id.ts';
import type { Random } from '../../core/random.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Guards } from '../../engine/guards/guards.ts';
import type { Policies } from '../../ports/index.ts';
import { answerCall } from './answer-call.ts';
import { failureProblem } from './failures.ts';
import { foreignOrigin } from './guard-origin.ts';
import { apiLimits } from './limits.ts';
import { openApiDocument } from './open-api.ts';
import { problem } from './problem.ts';
import { type Reply, toResponse } from './reply.ts';
import type { Desk, Route } from './route.ts';
import { routes } from './routes/index.ts';
import { createStreamPool } from './stream-pool.ts';

export interface ApiParts {
  readonly engine: Engine;
  /** Retry policies with names. */
  readonly policies: Policies;
  readonly guards: Guards;
  readonly clock: Clock;
  /** For the ids of errors. */
  readonly random: Random;
  readonly version: string;
  /** For failures that are not the caller's. What was answered to the caller holds nothing but `errorId`. */
  readonly report: (error: unknown, context: string) => void;
  /** Names that requests may ask for, such as `localhost`; any unless said. A port that is open to browsers should say. */
  readonly hosts?: readonly string[];
}

export interface Api {
  /** Always answers, never throws. */
  fetch(request: Request): Promise<Response>;
  /** Ends the event streams, so that their connections can close. */
  close(): void;
}

/** The HTTP porch: requests in, answers out, with no server of its own. */
export function createApi(parts: ApiParts): Api {
  const { engine, policies, guards, clock, random, version, report, hosts } = parts;
  const streams = createStreamPool(apiLimits.streams);
  let openApi: unknown;
  const desk: Desk = {
    engine,
    policies,
    guards,
    clock,
    version,
    report,
    streams,
    openApi: () => (openApi ??= openApiDocument(routes, version)),
  };

  async function respond(request: Request, name: string, say: () => Reply | Promise<Reply>): Promise<Response> {
    const instance = new URL(request.url).pathname;
    let reply: Reply;
    try {
      reply = foreignOrigin(request, hosts) ?? (await say());
    } catch (thrown) {
      const told = (errorId: string) => report(thrown, `error ${errorId} in ${name}, ${request.method} ${instance}`);
      reply = failureProblem(thrown, () => newId(clock.now(), random), told);
    }
    const response = toResponse(reply, instance);
    if (request.method === 'HEAD') await response.body?.cancel();
    return response;
  }

  const app = new Hono();
  for (const route of routes) {
    for (const path of pathsOf(route)) {
      app.on(route.method, honoPath(path), (c) =>
        respond(c.req.raw, route.name, () => answerCall(route, c.req.raw, c.req.param(), desk)),
      );
    }
  }
  for (const [path, allowed] of methodsByPath(routes)) {
    app.all(honoPath(path), (c) => respond(c.req.raw, 'methodNotAllowed', () => methodNotAllowed(c.req.raw, allowed)));
  }
  app.notFound((c) =>
    respond(c.req.raw, 'routeNotFound', () => problem('route_not_found', `there is nothing at ${c.req.path}`)),
  );
  return { fetch: async (request) => app.fetch(request), close: () => streams.close() };
}

function pathsOf(route: Route): readonly string[] {
  return [route.path, ...(route.aliases ?? [])];
}

function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function methodsByPath(all: readonly Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const route of all) {
    const own = route.method === 'GET' ? ['GET', 'HEAD'] : [route.method];
    for (const path of pathsOf(route)) methods.set(path, [...(methods.get(path) ?? []), ...own]);
  }
  return methods;
}

function methodNotAllowed(request: Request, allowed: readonly string[]): Reply {
  const headers = { Allow: allowed.join(', ') };
  if (request.method === 'OPTIONS') return { kind: 'json', status: 204, headers };
  const detail = `${new URL(request.url).pathname} does not know ${request.method}`;
  return problem('method_not_allowed', detail, { allowed }, headers);
}
