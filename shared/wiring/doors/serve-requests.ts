import { getRequestListener } from '@hono/node-server';
import { createApi } from '../../edge/api/create-api.ts';
import type { Door } from './door.ts';

/** The HTTP API. Work that a request led to is with others before it is answered: what becomes ready is published, never run here. */
export const serveRequests: Door = {
  executes: false,
  open({ production, log, trace, version }) {
    const { engine, policies, guards, clock, random, finish } = production;
    const api = createApi({ engine, policies, guards, clock, random, version, report: log.failure });
    const answer = async (request: Request): Promise<Response> => {
      const response = await api.fetch(request);
      if (request.method !== 'GET' && request.method !== 'HEAD') await finish();
      return response;
    };
    const listener = getRequestListener(
      (request) => trace.within(request.headers.get('traceparent') ?? undefined, () => answer(request)),
      { overrideGlobalObjects: false },
    );
    return (request, response) => listener(request, response);
  },
};
