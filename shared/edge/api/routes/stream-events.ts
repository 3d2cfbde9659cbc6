import { z } from 'zod';
import { isFinal, type Job } from '../../../jobs/index.ts';
import { endId, eventStream } from '../event-stream.ts';
import { apiLimits } from '../limits.ts';
import { problem } from '../problem.ts';
import type { Reply } from '../reply.ts';
import { type Desk, defineRoute } from '../route.ts';
import { auditAfter, jobId } from '../schemas/parameters.ts';
import { withJob } from './with-job.ts';

export const streamEvents = defineRoute({
  name: 'streamEvents',
  method: 'GET',
  path: '/api/v3/jobs/{job}/events',
  tag: 'jobs',
  summary: 'Follow what happens to a job',
  description:
    'Server-sent events: each line of the audit is an event of its kind whose id is its number and whose data is the line. ' +
    'An `end` event follows the line that ended the job, the last one where it has gone on after an end. A stream that breaks off earlier is taken up with `Last-Event-ID`.',
  params: { job: jobId },
  query: { after: auditAfter },
  headers: {
    'last-event-id': z
      .union([z.literal(endId), auditAfter])
      .describe('Id of the last event seen; goes before `after`.'),
  },
  answers: {
    200: { description: 'The stream.', mediaType: 'text/event-stream' },
    204: { description: 'The client has seen the `end` event. There is nothing more to come.' },
  },
  problems: ['job_not_found', 'too_many_streams'],
  handle: ({ path, query, headers, signal }, desk) =>
    withJob(desk, path.job, (job) => {
      const last = headers['last-event-id'] ?? query.after ?? 0;
      const goesOn = job.header.run !== undefined && !isFinal(job.header.state);
      if (last === endId && !goesOn) return { kind: 'json', status: 204 };
      // Its end was not the last one: which it was is not known, so all is told.
      return openStream(job, last === endId ? 0 : last, signal, desk);
    }),
});

function openStream(job: Job, after: number, hungUp: AbortSignal, desk: Desk): Reply {
  const place = desk.streams.enter();
  if (!place)
    return problem(
      'too_many_streams',
      `${apiLimits.streams} event streams are open, which are the most`,
      {},
      retrySoon,
    );
  const left = new AbortController();
  const gone = AbortSignal.any([place.signal, hungUp, left.signal]);
  const isOver = isFinal(job.header.state) && after >= job.header.auditCount;
  const body = eventStream({
    lines: isOver ? nothing() : desk.engine.watch(job.id, after, gone),
    ending: () => endOf(job.id, desk),
    clock: desk.clock,
    keepAliveMs: apiLimits.keepAliveMs,
    reconnectMs: apiLimits.reconnectMs,
    gone,
    onEnd: (failure) => {
      left.abort();
      place.leave();
      if (failure !== undefined) desk.report(failure, `event stream of job ${job.id}`);
    },
  });
  return { kind: 'stream', body };
}

const retrySoon = { 'Retry-After': String(apiLimits.retryAfterSeconds) };

async function endOf(jobId: string, { engine }: Desk): Promise<unknown> {
  const job = await engine.get(jobId);
  return job && isFinal(job.header.state) ? { jobId, state: job.header.state } : undefined;
}

async function* nothing(): AsyncGenerator<never> {}
