import { apiLimits } from '../limits.ts';
import { pageOf } from '../page.ts';
import { unknownRecovery } from '../recovery-problems.ts';
import { recoveryProgressView, recoveryView } from '../recovery-views.ts';
import { ok } from '../reply.ts';
import { defineRoute } from '../route.ts';
import * as schemas from '../schemas/recovery.ts';

/** What is found and what is done about it, as it can be looked at. */

export const recoveriesPath = '/api/v3/recoveries';
export const recoveryPath = `${recoveriesPath}/{recovery}`;
const tag = 'recoveries';
const one = { method: 'GET', tag, params: { recovery: schemas.recoveryId }, problems: ['recovery_not_found'] } as const;

export const listRecoveries = defineRoute({
  name: 'listRecoveries',
  method: 'GET',
  path: recoveriesPath,
  tag,
  summary: 'List recoveries of all jobs, newest first',
  description: '`state=escalated` are those that wait for an answer.',
  query: schemas.listing,
  answers: { 200: { description: 'A page of them, without their nodes.', schema: schemas.recoveryPage } },
  async handle({ query: { state, job, size = apiLimits.pageSize, page_token: token } }, { engine }) {
    const { recoveries, nextPageToken } = await engine.listRecoveries({
      size,
      ...(state !== undefined && { states: state }),
      ...(job !== undefined && { jobId: job }),
      ...(token !== undefined && { pageToken: token }),
    });
    return ok({ recoveries: recoveries.map((each) => recoveryView(each)), page: pageOf(size, nextPageToken) });
  },
});

export const getRecovery = defineRoute({
  ...one,
  name: 'getRecovery',
  path: recoveryPath,
  summary: 'Read a recovery',
  answers: { 200: { description: 'The recovery as it is now.', schema: schemas.recovery } },
  async handle({ path }, { engine }) {
    const session = await engine.getRecovery(path.recovery);
    if (!session) return unknownRecovery(path.recovery);
    return ok(recoveryView(session, await engine.get(session.jobId)));
  },
});

export const getRecoveryProgress = defineRoute({
  ...one,
  name: 'getRecoveryProgress',
  path: `${recoveryPath}/progress`,
  summary: 'Tell how far a recovery has come and what it waits for',
  answers: { 200: { description: 'The progress as it is now.', schema: schemas.recoveryProgress } },
  async handle({ path }, { engine }) {
    const session = await engine.getRecovery(path.recovery);
    const job = session && (await engine.get(session.jobId));
    return job ? ok(recoveryProgressView(session, job)) : unknownRecovery(path.recovery);
  },
});
