import type { Clock } from '../../core/clock.ts';
import { formatDuration } from '../../core/duration.ts';
import { isFinal, type Job } from '../../jobs/index.ts';
import { frameOf, progressLine } from './frame.ts';
import { createLiveArea } from './live-area.ts';
import { type Notice, noticesBetween } from './notices.ts';
import { type Paint, paintOf } from './paint.ts';
import type { Stream } from './world.ts';

/**
 * Shows how a job goes on until `over` aborts: drawn in place on a terminal, as plain lines elsewhere. A look that fails shows nothing
 * new, and none that hangs holds up the end: whoever works for the job knows what to do about a store that is away.
 */
export async function showProgress(
  stream: Stream,
  clock: Clock,
  look: () => Promise<Job | undefined>,
  over: AbortSignal,
): Promise<void> {
  const show = stream.live ? liveShow(stream) : plainShow(stream);
  for (let before: Job | undefined; ; ) {
    const job = await lookUntil(over, look);
    const lookedAt = clock.now();
    if (job) show.look(before, job, lookedAt);
    const costMs = clock.now() - lookedAt;
    before = job ?? before;
    if (over.aborted || (job && isFinal(job.header.state))) return show.end();
    await clock.sleep(Math.max(framePeriodMs, costMs * 20), over);
  }
}

async function lookUntil(over: AbortSignal, look: () => Promise<Job | undefined>): Promise<Job | undefined> {
  const { promise, resolve } = Promise.withResolvers<Job | undefined>();
  const give = () => resolve(undefined);
  over.addEventListener('abort', give, { once: true });
  look().then(resolve, give);
  try {
    return await promise;
  } finally {
    over.removeEventListener('abort', give);
  }
}

/** Ten looks a second; fewer when a look at a huge job costs so much that it would slow the job down. */
const framePeriodMs = 100;

interface Show {
  look(before: Job | undefined, after: Job, now: number): void;
  end(): void;
}

function liveShow(stream: Stream): Show {
  const area = createLiveArea(stream);
  const paint = paintOf(stream);
  return {
    look(before, after, now) {
      area.print(noticeLines(before, after, now, paint));
      if (isFinal(after.header.state)) area.clear();
      else area.draw(frameOf(after, now, stream.columns(), paint));
    },
    end: () => area.clear(),
  };
}

/** A line of progress at most this often, so that a log stays short. */
const linePeriodMs = 1_000;

function plainShow(stream: Stream): Show {
  const paint = paintOf(stream);
  let saidAt = -Infinity;
  let said = '';
  return {
    look(before, after, now) {
      for (const line of noticeLines(before, after, now, paint)) stream.write(`${line}\n`);
      if (now - saidAt < linePeriodMs && !isFinal(after.header.state)) return;
      const line = progressLine(after, now);
      if (line !== said) stream.write(`${elapsedOf(after, now)} ${line}\n`);
      saidAt = now;
      said = line;
    },
    end: () => {},
  };
}

/** Told of one look; a job of thousands of nodes must not drown the terminal. */
const noticesMax = 8;

function noticeLines(before: Job | undefined, after: Job, now: number, paint: Paint): string[] {
  const all = noticesBetween(before, after, now);
  const told = all.slice(0, noticesMax).map((notice) => noticeLine(notice, after, now, paint));
  const more = all.length - told.length;
  return more > 0 ? [...told, `${elapsedOf(after, now)} … and ${more} more`] : told;
}

const signs: Readonly<Record<Notice['tone'], string>> = { good: '✔', bad: '✖', busy: '●', wait: '◌', again: '↻' };

function noticeLine({ tone, text }: Notice, job: Job, now: number, paint: Paint): string {
  return `${paint.dim(elapsedOf(job, now))} ${paint[tone === 'again' ? 'wait' : tone](signs[tone])} ${text.replaceAll(/\s+/g, ' ')}`;
}

function elapsedOf({ header }: Job, now: number): string {
  return formatDuration(Math.max(0, now - (header.startedAt ?? now))).padStart(8);
}
