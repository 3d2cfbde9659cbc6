import type { RecoverySession } from '../../jobs/index.ts';
import { encodePageToken, type ListPlace, newerFirst, placeIn } from '../../jobs/record/index.ts';
import type { Recoveries, RecoveryQuery } from '../../ports/index.ts';
import type { Asker } from './ask.ts';
import { jobPath, recoveryPath, schemaVersion, shardOf } from './layout.ts';
import { type RecoveryWish, recoveriesQuery, statesPerQuery } from './queries.ts';
import { type Fields, ofNumber, ofText, ofWhole, textIn, type Value } from './values.ts';
import type { DocumentPlan } from './write-plan.ts';

/** A document for each session, written in the commits of its job and read here. */
export function createRecoveries(asker: Asker): Recoveries {
  return {
    async get(recoveryId) {
      const path = recoveryPath(recoveryId);
      const document = (await asker.get([path])).documents.get(path);
      return document && sessionIn(document.fields);
    },
    async list(query) {
      const wishes = wishesOf(query, placeIn(query.pageToken));
      // What lists together must be of one moment, as with jobs.
      const readTime = wishes.length > 1 ? (await asker.get([jobPath('-')])).readTime : undefined;
      const groups = await Promise.all(
        wishes.map((wish) => asker.query({ ...recoveriesQuery(wish), ...(readTime && { readTime }) })),
      );
      const found = groups.flat().map(({ fields }) => sessionIn(fields));
      const recoveries = found.toSorted((a, b) => newerFirst(placeOf(a), placeOf(b))).slice(0, query.size);
      const last = recoveries.at(-1);
      if (!last || found.length <= query.size) return { recoveries };
      return { recoveries, nextPageToken: encodePageToken(placeOf(last)) };
    },
  };
}

const placeOf = ({ id, startedAt }: RecoverySession): ListPlace => ({ submittedAt: startedAt, jobId: id });

/** What a commit writes of a session. */
export function planSession(session: RecoverySession, expireAt: Value): DocumentPlan {
  const { id, jobId, state, startedAt } = session;
  const fields = {
    schema: ofWhole(schemaVersion),
    shard: ofWhole(shardOf(jobId)),
    jobId: ofText(jobId),
    state: ofText(state),
    startedAt: ofNumber(startedAt),
    text: ofText(JSON.stringify(session)),
    expireAt,
  };
  return { path: recoveryPath(id), fields, texts: {} };
}

function wishesOf({ states, jobId, size }: RecoveryQuery, place: ListPlace | undefined): readonly RecoveryWish[] {
  const wish = {
    ...(jobId !== undefined && { jobId }),
    ...(place && { after: { startedAt: place.submittedAt, path: recoveryPath(place.jobId) } }),
    limit: size + 1,
  };
  if (!states) return [wish];
  const different = [...new Set(states)];
  const groups = Math.ceil(different.length / statesPerQuery);
  return Array.from({ length: groups }, (_, at) => ({
    ...wish,
    states: different.slice(at * statesPerQuery, (at + 1) * statesPerQuery),
  }));
}

const sessionIn = (fields: Fields): RecoverySession => JSON.parse(textIn(fields, 'text')!) as RecoverySession;
