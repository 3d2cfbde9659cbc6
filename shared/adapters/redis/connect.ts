import type { Clock } from '../../core/clock.ts';
import type { CodedError } from '../../core/error.ts';
import type { Random } from '../../core/random.ts';
import { createChannels } from './channels.ts';
import { type Connection, dial } from './connection.ts';
import { isForAll, isNoScript, placeOf, toRedisError, unavailable } from './failures.ts';
import type { RedisScript } from './scripts.ts';
import { createWaiting } from './waiting.ts';

export interface RedisOptions {
  /** `redis://` or, with TLS, `rediss://`. */
  readonly url: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Longest to wait for a connection, and for the answer to a command. 900 ms each. */
  readonly connectMs?: number;
  readonly commandMs?: number;
  /** Told once each time that Redis is lost. */
  report(error: unknown, context: string): void;
}

/**
 * A connection to Redis that is looked for again whenever it is lost. Nothing waits for Redis longer than `commandMs`: a command that is
 * not answered by then fails, and with it the connection and all that wait on it; while there is none, commands fail at once. Only those
 * that come during the very first try wait for how it ends.
 */
export interface RedisLink {
  /** Fails with `redis_unavailable` or `redis_refused`; it may have been run all the same. */
  run(script: RedisScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  /** Messages in order; some may be missed while there is no connection. `onStart` is told each time that listening has begun (anew). */
  subscribe(channel: string, onMessage: (text: string) => void, onStart?: () => void): () => void;
  /** Told of each change. What is subscribed is heard before Redis is said to be up. */
  onState(listener: (isUp: boolean, because?: string) => void): () => void;
  readonly isUp: boolean;
  /** Why it is not up, for people. */
  readonly because: string | undefined;
  close(): Promise<void>;
}

export const redisLimits = {
  connectMs: 900,
  commandMs: 900,
  /** Between tries to connect: by chance between half and all of it, doubled with each that fails. */
  retryMs: 50,
  retryMsMost: 2_000,
  /** A silent connection is asked so often whether it still lives. */
  pingMs: 5_000,
  /** Commands that wait for an answer; more are refused at once. At 100,000 a second that is a tenth of a second's work. */
  waiting: 10_000,
} as const;

/** Returns at once and connects by itself. */
export function openRedis(options: RedisOptions): RedisLink {
  const { url, clock, random, report } = options;
  const { connectMs = redisLimits.connectMs, commandMs = redisLimits.commandMs } = options;
  const place = placeOf(url);
  const ended = new AbortController();
  const listeners = new Set<(isUp: boolean, because?: string) => void>();
  const channels = createChannels((thrown) => report(thrown, `a message of ${place}`));
  const waiting = createWaiting(clock, commandMs, ended.signal, () =>
    connection?.drop(unavailable(place, `no answer within ${commandMs} ms`)),
  );
  const firstTry = Promise.withResolvers<void>();
  let connection: Connection | undefined;
  /** Why there is no connection; nothing while the first try is under way. */
  let failure: CodedError | undefined;

  async function keepConnected(): Promise<void> {
    for (let failed = 0; !ended.signal.aborted; failed++) {
      try {
        const live = await dial(url, clock, connectMs, ended.signal);
        await enter(live);
        const since = clock.now();
        leave(await live.lost);
        if (clock.now() - since > redisLimits.retryMsMost) failed = 0;
      } catch (thrown) {
        leave(thrown);
      }
      const mostMs = Math.min(redisLimits.retryMsMost, redisLimits.retryMs * 2 ** Math.min(failed, 10));
      await clock.sleep(mostMs * (0.5 + random.next() / 2), ended.signal);
    }
  }

  async function enter(live: Connection): Promise<void> {
    await channels.moveTo(live);
    if (ended.signal.aborted) return live.drop(unavailable(place, 'it is closed'));
    connection = live;
    failure = undefined;
    firstTry.resolve();
    void stayAwake(live);
    channels.tellStart();
    for (const listener of listeners) listener(true);
  }

  function leave(thrown: unknown): void {
    const isNews = connection !== undefined || failure === undefined;
    connection = undefined;
    channels.leave();
    failure = ended.signal.aborted ? unavailable(place, 'it is closed') : toRedisError(thrown, place);
    firstTry.resolve();
    if (!isNews || ended.signal.aborted) return;
    report(failure, 'guards go on without Redis');
    for (const listener of listeners) listener(false, failure.message);
  }

  /** Who only listens would not notice that nobody speaks any more. */
  async function stayAwake(live: Connection): Promise<void> {
    while (connection === live) {
      await clock.sleep(redisLimits.pingMs, ended.signal);
      if (connection === live && waiting.size === 0) await ask((it) => it.send(['PING'])).catch(() => {});
    }
  }

  async function ask<Answer>(work: (live: Connection) => Promise<Answer>): Promise<Answer> {
    if (waiting.size >= redisLimits.waiting) throw unavailable(place, `${waiting.size} commands wait for it already`);
    const end = waiting.begin();
    try {
      if (connection === undefined && failure === undefined) await firstTry.promise;
      if (connection === undefined) throw failure ?? unavailable(place, 'it is not connected');
      return await work(connection);
    } catch (thrown) {
      throw fail(thrown);
    } finally {
      end();
    }
  }

  /** A server that refuses one write refuses all: the connection is given up, and none is good until it takes a write again. */
  function fail(thrown: unknown): CodedError {
    const error = toRedisError(thrown, place);
    if (error.code === 'redis_refused' && isForAll(error)) connection?.drop(error);
    return error;
  }

  const kept = keepConnected();
  return {
    run: (script, keys, args) => ask((live) => runScript(live, script, keys, args)),
    subscribe: (channel, onMessage, onStart = () => {}) => channels.add(channel, { onMessage, onStart }),
    onState(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    get isUp() {
      return connection !== undefined;
    },
    get because() {
      return failure?.message;
    },
    async close() {
      ended.abort();
      connection?.drop(unavailable(place, 'it is closed'));
      await kept;
    },
  };
}

async function runScript(
  live: Connection,
  { text, sha }: RedisScript,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  const rest = [String(keys.length), ...keys, ...args.map(String)];
  try {
    return await live.send(['EVALSHA', sha, ...rest]);
  } catch (thrown) {
    if (!isNoScript(thrown)) throw thrown;
    return await live.send(['EVAL', text, ...rest]);
  }
}
