import type { BulkheadView } from '../../../engine/guards/guards.ts';
import type { BulkheadSpec } from '../../../policy/bulkhead/index.ts';
import { bulkheadView, countersByGuard, etagOf, guardReply, unknownGuard } from '../guard-views.ts';
import { ok } from '../reply.ts';
import { type Desk, defineRoute } from '../route.ts';
import * as schemas from '../schemas/guard.ts';
import { jsonBody } from './bodies.ts';
import { changedHeaders, guardAction, guardAsked, guardProblems, revisionHeader, saidOf } from './guard-action.ts';
import { lineRoute, pageByName } from './guard-lists.ts';
import { reasonBody } from './operator-action.ts';

/** The bulkheads of the whole fleet. */

const collection = '/api/v3/bulkheads';
const one = `${collection}/{name}`;
const tag = 'guards';
const { params } = guardAction;
const about = (name: string) => ({ guard: 'bulkhead', name }) as const;
const viewIn = ({ guards }: Desk) => {
  const counted = countersByGuard(guards.counters());
  return (view: BulkheadView) => bulkheadView(view, counted);
};

export const listBulkheads = defineRoute({
  name: 'listBulkheads',
  method: 'GET',
  path: collection,
  tag,
  summary: 'List bulkheads by name',
  query: schemas.listing,
  answers: { 200: { description: 'A page of them.', schema: schemas.bulkheadPage } },
  async handle({ query }, desk) {
    const all = await desk.guards.listBulkheads();
    return pageByName(all, query, (some, page) => ok({ bulkheads: some.map(viewIn(desk)), page }));
  },
});

export const getBulkhead = defineRoute({
  name: 'getBulkhead',
  method: 'GET',
  path: one,
  tag,
  summary: 'Read a bulkhead',
  params,
  answers: { 200: { description: 'As it is now.', schema: schemas.bulkhead, headers: revisionHeader } },
  problems: ['bulkhead_not_found'],
  async handle({ path: { name } }, desk) {
    const all = await desk.guards.listBulkheads();
    const view = all.find((each) => each.name === name);
    if (view) return ok(viewIn(desk)(view), etagOf(view));
    const known = all.map((each) => each.name);
    return unknownGuard('bulkhead', name, known);
  },
});

const changed = { 200: { description: 'The bulkhead after it.', schema: schemas.bulkhead, headers: changedHeaders } };

export const putBulkhead = defineRoute({
  ...guardAction,
  name: 'putBulkhead',
  method: 'PUT',
  path: one,
  summary: 'Configure a bulkhead, or make one',
  description:
    'This and nothing of before: what is not said is that of the preset, or the default. Every instance goes by it within seconds; a smaller limit takes no permit from a call under way. With `If-Match` only on that revision.',
  body: jsonBody(schemas.newBulkheadSpec),
  answers: changed,
  problems: guardProblems,
  async handle(call, desk) {
    const { reason, ...spec } = call.body;
    const { name } = call.path;
    const answer = await desk.guards.configureBulkhead(name, saidOf(spec) as BulkheadSpec, guardAsked(call, reason));
    return guardReply(answer, about(name), viewIn(desk));
  },
});

export const resetBulkhead = defineRoute({
  ...guardAction,
  name: 'resetBulkhead',
  method: 'POST',
  path: `${one}/reset`,
  summary: 'Take away what was configured',
  description: 'What the program or its preset says of it holds again.',
  body: reasonBody,
  answers: changed,
  problems: ['bulkhead_not_found', ...guardProblems],
  async handle(call, desk) {
    const { name } = call.path;
    const answer = await desk.guards.resetBulkhead(name, guardAsked(call, call.body?.reason));
    return guardReply(answer, about(name), viewIn(desk));
  },
});

export const listBulkheadLines = lineRoute('bulkhead', `${one}/audit`, 'listBulkheadLines');
