import { z } from 'zod';
import type { EngineHealth } from '../../../engine/engine.ts';
import { ok } from '../reply.ts';
import { defineRoute } from '../route.ts';
import { health } from '../schemas/engine.ts';

export const getHealth = defineRoute({
  name: 'getHealth',
  method: 'GET',
  path: '/health',
  aliases: ['/api/v3/health'],
  tag: 'engine',
  summary: 'Say whether the engine works',
  answers: {
    200: { description: 'It takes and does work.', schema: health },
    503: { description: 'It does not, or not fully; `status` says why.', schema: health },
  },
  handle: (_, { engine, clock, version, streams }) => {
    const state = engine.health();
    const status = statusOf(state);
    const body = { status, version, now: clock.now(), engine: { ...state, openStreams: streams.open } };
    return { kind: 'json', status: status === 'ok' ? 200 : 503, body };
  },
});

function statusOf({ state, storeFailure }: EngineHealth): string {
  if (state !== 'running') return state;
  return storeFailure ? 'degraded' : 'ok';
}

export const getOpenApi = defineRoute({
  name: 'getOpenApi',
  method: 'GET',
  path: '/openapi.json',
  aliases: ['/api/v3/openapi.json'],
  tag: 'engine',
  summary: 'Read this description',
  answers: { 200: { description: 'OpenAPI 3.1.', schema: z.looseObject({ openapi: z.string() }) } },
  handle: (_, { openApi }) => ok(openApi()),
});
