import type { z } from 'zod';
import { type BatchFilter, type BatchOrder, type BatchRecovery, batchLimits } from '../../../jobs/batch/index.ts';
import { batchPreviewView, batchResultView, batchView } from '../batch-views.ts';
import { apiLimits } from '../limits.ts';
import { pageOf } from '../page.ts';
import { type Problem, problem } from '../problem.ts';
import { type JsonReply, ok } from '../reply.ts';
import { defineRoute } from '../route.ts';
import * as schemas from '../schemas/batch.ts';
import { replayed } from './answered.ts';
import { jsonBody } from './bodies.ts';

/** One action on many jobs that a filter chooses. */

const collection = '/api/v3/batches';
const one = `${collection}/{batch}`;
const tag = 'batches';
const params = { batch: schemas.batchId };
const hrefOf = (batchId: string): string => `${collection}/${batchId}`;

export const startBatch = defineRoute({
  name: 'startBatch',
  method: 'POST',
  path: collection,
  tag,
  summary: 'Do something to many jobs',
  description:
    'Once this has answered, the batch goes on to its end whatever process dies. It takes the jobs that were submitted before it, newest first, and acts on each at most once. With `dryRun` nothing changes.',
  body: jsonBody(schemas.newBatch),
  answers: {
    202: {
      description: 'It is under way, or was asked for before under this id.',
      schema: schemas.batch,
      headers: { Location: 'The batch.', 'Idempotency-Replayed': '`true` when it was asked for before.' },
    },
    200: { description: 'Of a dry run: what would be done.', schema: schemas.batchPreview },
  },
  problems: ['batch_id_reused', 'batch_limit_reached', 'store_full'],
  async handle({ body, by, asked: { trace } }, { engine, clock }) {
    const order = orderOf(body);
    const asked = { order, by, ...(trace !== undefined && { trace }) };
    if (body.dryRun) return ok(batchPreviewView(order, await engine.batches.preview(asked)));
    const started = await engine.batches.start({ ...asked, ...(body.id !== undefined && { id: body.id }) });
    switch (started.kind) {
      case 'started':
      case 'repeated': {
        const { batch, kind } = started;
        const headers = { Location: hrefOf(batch.id), ...(kind === 'repeated' && replayed) };
        return { kind: 'json', status: 202, body: batchView(batch, clock.now()), headers } satisfies JsonReply;
      }
      case 'idReused': {
        const { id } = started.batch;
        const detail = `batch \`${id}\` was asked for with another body`;
        return problem('batch_id_reused', detail, {}, { Location: hrefOf(id) });
      }
      case 'tooMany':
        return problem('batch_limit_reached', `${started.running} batches are running, and that is the most`);
    }
  },
});

export const listBatches = defineRoute({
  name: 'listBatches',
  method: 'GET',
  path: collection,
  tag,
  summary: 'List batches, newest first',
  query: schemas.listing,
  answers: { 200: { description: 'A page of them.', schema: schemas.batchPage } },
  async handle({ query: { state, size = apiLimits.pageSize, page_token: token } }, { engine, clock }) {
    const { batches, nextPageToken } = await engine.batches.list({
      size,
      ...(state !== undefined && { states: state }),
      ...(token !== undefined && { pageToken: token }),
    });
    const now = clock.now();
    return ok({ batches: batches.map((each) => batchView(each, now)), page: pageOf(size, nextPageToken) });
  },
});

export const getBatch = defineRoute({
  name: 'getBatch',
  method: 'GET',
  path: one,
  tag,
  summary: 'Tell how far a batch has come',
  params,
  answers: { 200: { description: 'The batch.', schema: schemas.batch } },
  problems: ['batch_not_found'],
  async handle({ path }, { engine, clock }) {
    const batch = await engine.batches.get(path.batch);
    return batch ? ok(batchView(batch, clock.now())) : notFound(path.batch);
  },
});

export const listBatchResults = defineRoute({
  name: 'listBatchResults',
  method: 'GET',
  path: `${one}/results`,
  tag,
  summary: 'List what became of each job of a batch',
  description:
    'In the order in which it was told, some hundred jobs at a time. A page that is asked for one outcome may have few results or none and still have `has_next`.',
  params,
  query: schemas.resultListing,
  answers: { 200: { description: 'A page of results.', schema: schemas.resultPage } },
  problems: ['batch_not_found'],
  async handle({ path, query: { outcome, size = apiLimits.pageSize, page_token: token } }, { engine }) {
    if (!(await engine.batches.get(path.batch))) return notFound(path.batch);
    const { results, nextPageToken } = await engine.batches.readResults(path.batch, {
      size,
      ...(outcome !== undefined && { outcome }),
      ...(token !== undefined && { pageToken: token }),
    });
    return ok({ results: results.map(batchResultView), page: pageOf(size, nextPageToken) });
  },
});

export const cancelBatch = defineRoute({
  name: 'cancelBatch',
  method: 'POST',
  path: `${one}/cancel`,
  tag,
  summary: 'Stop a batch',
  description: 'It begins with no job more. What it has done stays done.',
  params,
  answers: {
    200: {
      description: 'The batch after it.',
      schema: schemas.batch,
      headers: { 'Idempotency-Replayed': '`true` when it was cancelled before.' },
    },
  },
  problems: ['batch_not_found', 'batch_has_ended', 'store_full'],
  async handle({ path, by }, { engine, clock }) {
    const answer = await engine.batches.cancel(path.batch, by);
    switch (answer.kind) {
      case 'done':
        return ok(batchView(answer.batch, clock.now()));
      case 'repeated':
        return ok(batchView(answer.batch, clock.now()), replayed);
      case 'hasEnded':
        return problem('batch_has_ended', `batch \`${path.batch}\` is ${answer.batch.state}`);
      case 'unknownBatch':
        return notFound(path.batch);
    }
  },
});

type Body = z.output<typeof schemas.newBatch>;

function orderOf({ action, filter = {}, recovery, reason, ratePerSecond = batchLimits.rateUsual }: Body): BatchOrder {
  return {
    action,
    filter: filterOf(filter),
    ...(recovery && { recovery: recoveryOf(recovery) }),
    ...(reason !== undefined && { reason }),
    ratePerSecond,
  };
}

function recoveryOf(given: NonNullable<Body['recovery']>): BatchRecovery {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function filterOf({ state, name, failureCode, from, to }: NonNullable<Body['filter']>): BatchFilter {
  return {
    ...(state && { states: state }),
    ...(name !== undefined && { name }),
    ...(failureCode !== undefined && { failureCode }),
    ...(from !== undefined && { submittedFrom: from }),
    ...(to !== undefined && { submittedBefore: to }),
  };
}

function notFound(batchId: string): Problem {
  return problem('batch_not_found', `there is no batch \`${batchId}\``);
}
