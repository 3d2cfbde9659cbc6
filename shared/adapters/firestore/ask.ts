import type { Clock } from '../../core/clock.ts';
import { CodedError } from '../../core/error.ts';
import type { Random } from '../../core/random.ts';
import {
  isRefusedPrecondition,
  mayHaveHappened,
  mayPass,
  nameOf,
  type Place,
  status,
  statusOf,
  storeFailure,
} from './failures.ts';
import type { Query } from './queries.ts';
import type { StoredDocument, Timestamp, Write } from './values.ts';
import type { GetOptions, Snapshot, Wire } from './wire.ts';

/** Counted as Firestore bills it. */
export interface Count {
  reads: number;
  writes: number;
  /** Requests to commit that were taken, and those that a precondition refused. */
  commits: number;
  conflicts: number;
}

/** Requests that are tried again while that may help, within `patienceMs`, and end in a coded error otherwise. */
export interface Asker {
  /**
   * `refused` when a precondition did not hold: then nothing was written. Where an earlier try of it may have been written unseen, it
   * is neither: it rejects. ABORTED is tried again like all that may pass: once whoever was at the same document is done, the
   * precondition tells; and where nobody was, there is nothing new to look at.
   */
  commit(writes: readonly Write[]): Promise<Written>;
  get(paths: readonly string[], options?: GetOptions): Promise<Snapshot>;
  query(query: Query): Promise<readonly StoredDocument[]>;
}

export type Written = { readonly kind: 'written'; readonly times: readonly Timestamp[] } | { readonly kind: 'refused' };

export interface AskerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly wire: Wire;
  readonly place: Place;
  readonly count: Count;
  readonly patienceMs: number;
}

export function createAsker(parts: AskerParts): Asker {
  const { clock, wire, place, count, patienceMs } = parts;

  /** A try may take half of the patience, so that one that hangs leaves time for another. */
  async function tryFor<Answer>(once: (msMost: number) => Promise<Answer>, judge: (thrown: unknown) => Verdict) {
    const until = clock.now() + patienceMs;
    for (let failures = 1; ; failures++) {
      try {
        const msMost = Math.max(1, Math.min(patienceMs / 2, until - clock.now()));
        return await within(parts, msMost, once(msMost));
      } catch (thrown) {
        const pauseMs = Math.min(1_000, 10 * 2 ** failures) * parts.random.next();
        if (judge(thrown) === 'giveUp' || clock.now() + pauseMs + leastTryMs >= until)
          throw storeFailure(place, thrown);
        await clock.sleep(pauseMs);
      }
    }
  }

  const judgeRead = (thrown: unknown): Verdict => (mayPass(thrown) ? 'goOn' : 'giveUp');

  return {
    async commit(writes) {
      const isConditional = writes.some(({ only }) => only !== undefined);
      let open = false;
      const judge = (thrown: unknown): Verdict => {
        if (isConditional && isRefusedPrecondition(thrown)) throw open ? unknownFate(place, thrown) : refusal;
        open ||= mayHaveHappened(thrown);
        return mayPass(thrown) && statusOf(thrown) !== status.deadlineExceeded ? 'goOn' : 'giveUp';
      };
      try {
        const times = await tryFor((msMost) => wire.commit(writes, msMost), judge);
        count.writes += writes.length;
        count.commits++;
        return { kind: 'written', times };
      } catch (thrown) {
        if (thrown !== refusal) throw thrown;
        count.conflicts++;
        return { kind: 'refused' };
      }
    },
    async get(paths, options = {}) {
      const snapshot = await tryFor((msMost) => wire.get(paths, options, msMost), judgeRead);
      count.reads += paths.length;
      return snapshot;
    },
    async query(query) {
      const found = await tryFor((msMost) => wire.query(query, msMost), judgeRead);
      count.reads += Math.max(1, found.length);
      return found;
    },
  };
}

/** A try that is cut off sooner tells nothing but that, in place of what the one before it was answered. */
const leastTryMs = 50;

type Verdict = 'goOn' | 'giveUp';

const refusal = new CodedError('refused', 'a precondition did not hold');

function unknownFate(place: Place, thrown: unknown): CodedError {
  const message = `${nameOf(place)} lost the answer to a write, which may have been stored.`;
  return new CodedError('store_unavailable', message, { cause: thrown });
}

/** The SDK holds to the limit itself once it is connected; before that it looks for an account, and waits as long as that takes. */
async function within<Answer>({ clock }: AskerParts, msMost: number, asked: Promise<Answer>): Promise<Answer> {
  const done = new AbortController();
  const late = clock.sleep(msMost + graceMs, done.signal).then(() => {
    if (done.signal.aborted) return asked;
    throw new GrpcLate(`no answer within ${Math.round(msMost)} ms`);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    done.abort();
    // Neither may be heard of again.
    late.catch(() => {});
    asked.catch(() => {});
  }
}

const graceMs = 100;

class GrpcLate extends Error {
  readonly code = status.deadlineExceeded;
}
