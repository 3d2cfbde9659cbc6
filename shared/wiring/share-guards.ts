import type { GuardMode } from '../engine/guards/guards.ts';

/** Each is what its setting says, unless said. */
export interface ShareOptions {
  /** `redis://` or `rediss://`; of `BREAKWATER_REDIS_URL`. */
  readonly redisUrl?: string;
  /** Where operators' decisions and transitions are kept, `firestore:PROJECT`; of `BREAKWATER_STORE`. Other stores are not shared, and not asked. */
  readonly store?: string;
  /** A file of breakers and bulkheads; of `BREAKWATER_GUARDS`. */
  readonly guardsFile?: string;
  /** For what no call waits for: Redis is lost, events can't be sent. A line on stderr unless given. */
  report?(error: unknown, context: string): void;
}

/** What a program without an engine shares with the fleet. */
export interface SharedGuards {
  readonly mode: GuardMode;
  /** Why it is not `shared`, where it is not. */
  readonly because: string | undefined;
  /** Gives back permits, tells what is still to be told, and lets go of Redis; until then the process stays alive. */
  close(): Promise<void>;
}

/**
 * `breaker`, `bulkhead` and `guard` of this process are the fleet's from now on: of a program that has no engine. Resolves when what the fleet knows has been
 * heard, or after a second. Rejects with `settings_invalid` or `guards_invalid`; that Redis is away is no failure.
 */
export async function shareGuards(options: ShareOptions = {}): Promise<SharedGuards> {
  // Loaded with the first call: most handlers run in an engine that shares its own.
  const { openSharedGuards } = await import('./open-shared-guards.ts');
  return openSharedGuards(options);
}
