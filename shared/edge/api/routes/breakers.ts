import type { BreakerView, WishedOverride } from '../../../engine/guards/guards.ts';
import type { BreakerSpec } from '../../../policy/breaker/index.ts';
import { breakerView, countersByGuard, etagOf, guardReply, unknownGuard } from '../guard-views.ts';
import { ok } from '../reply.ts';
import { type Desk, defineRoute } from '../route.ts';
import * as schemas from '../schemas/guard.ts';
import { jsonBody } from './bodies.ts';
import { changedHeaders, guardAction, guardAsked, guardProblems, revisionHeader, saidOf } from './guard-action.ts';
import { lineRoute, pageByName } from './guard-lists.ts';
import { reasonBody } from './operator-action.ts';

/** The breakers of the whole fleet. One is there for every target: who forces or configures it need not wait until it was called. */

const collection = '/api/v3/breakers';
const one = `${collection}/{name}`;
const tag = 'guards';
const { params } = guardAction;
const about = (name: string) => ({ guard: 'breaker', name }) as const;
const viewIn = ({ guards }: Desk) => {
  const counted = countersByGuard(guards.counters());
  return (view: BreakerView) => breakerView(view, counted);
};

export const listBreakers = defineRoute({
  name: 'listBreakers',
  method: 'GET',
  path: collection,
  tag,
  summary: 'List breakers by name',
  description: '`state=open,half_open,forced_open` are those that refuse calls.',
  query: schemas.breakerListing,
  answers: { 200: { description: 'A page of them.', schema: schemas.breakerPage } },
  async handle({ query: { state, ...query } }, desk) {
    const all = await desk.guards.listBreakers();
    const asked = state ? all.filter((each) => state.includes(each.state)) : all;
    return pageByName(asked, query, (some, page) => ok({ breakers: some.map(viewIn(desk)), page }));
  },
});

export const getBreaker = defineRoute({
  name: 'getBreaker',
  method: 'GET',
  path: one,
  tag,
  summary: 'Read a breaker',
  params,
  answers: { 200: { description: 'As it is now.', schema: schemas.breaker, headers: revisionHeader } },
  problems: ['breaker_not_found'],
  async handle({ path: { name } }, desk) {
    const all = await desk.guards.listBreakers();
    const view = all.find((each) => each.name === name);
    if (view) return ok(viewIn(desk)(view), etagOf(view));
    const known = all.map((each) => each.name);
    return unknownGuard('breaker', name, known);
  },
});

const changed = { 200: { description: 'The breaker after it.', schema: schemas.breaker, headers: changedHeaders } };

export const putBreaker = defineRoute({
  ...guardAction,
  name: 'putBreaker',
  method: 'PUT',
  path: one,
  summary: 'Configure a breaker',
  description:
    'This and nothing of before: what is not said is that of the preset, or the default. Every instance goes by it within seconds. With `If-Match` only on that revision.',
  body: jsonBody(schemas.newBreakerSpec),
  answers: changed,
  problems: guardProblems,
  async handle(call, desk) {
    const { reason, ...spec } = call.body;
    const { name } = call.path;
    const answer = await desk.guards.configureBreaker(name, saidOf(spec) as BreakerSpec, guardAsked(call, reason));
    return guardReply(answer, about(name), viewIn(desk));
  },
});

export const forceBreaker = defineRoute({
  ...guardAction,
  name: 'forceBreaker',
  method: 'POST',
  path: `${one}/force`,
  summary: 'Decide for a breaker, for the whole fleet',
  description: 'It is stored before this answers, and holds also where the hot store is away.',
  body: jsonBody(schemas.forcing),
  answers: changed,
  problems: guardProblems,
  async handle(call, desk) {
    const { kind, reason, until, for: forMs } = call.body;
    const { name } = call.path;
    const wished = saidOf({ kind, reason, until, forMs }) as WishedOverride;
    const answer = await desk.guards.forceBreaker(name, wished, guardAsked(call, undefined));
    return guardReply(answer, about(name), viewIn(desk));
  },
});

export const releaseBreaker = defineRoute({
  ...guardAction,
  name: 'releaseBreaker',
  method: 'POST',
  path: `${one}/release`,
  summary: 'Let a breaker judge for itself again',
  body: reasonBody,
  answers: changed,
  problems: ['breaker_not_found', ...guardProblems],
  async handle(call, desk) {
    const { name } = call.path;
    const answer = await desk.guards.forceBreaker(name, undefined, guardAsked(call, call.body?.reason));
    return guardReply(answer, about(name), viewIn(desk));
  },
});

export const resetBreaker = defineRoute({
  ...guardAction,
  name: 'resetBreaker',
  method: 'POST',
  path: `${one}/reset`,
  summary: 'Close a breaker and forget what it has counted',
  description: 'What it was forced to stays, and what was configured, too.',
  body: reasonBody,
  answers: changed,
  problems: ['breaker_not_found', ...guardProblems],
  async handle(call, desk) {
    const { name } = call.path;
    const answer = await desk.guards.resetBreaker(name, guardAsked(call, call.body?.reason));
    return guardReply(answer, about(name), viewIn(desk));
  },
});

export const listBreakerLines = lineRoute('breaker', `${one}/audit`, 'listBreakerLines');
