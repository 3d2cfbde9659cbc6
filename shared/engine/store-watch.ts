import type { Clock } from '../core/clock.ts';
import { codeOf, messageOf } from '../core/error.ts';
import { isUnreadable } from '../jobs/record/index.ts';

/** Remembers the store's last failure for as long as nothing has succeeded since. */
export interface StoreWatch {
  watched<T>(by: StoreFailure['by'], asked: Promise<T>): Promise<T>;
  failure(): StoreFailure | undefined;
}

export interface StoreFailure {
  readonly by: 'read' | 'write';
  readonly code: string;
  readonly message: string;
  readonly since: number;
}

/** That a store can be read does not mend that it can't be written; a job that this release can't read is no failure of the store. */
export function createStoreWatch(clock: Clock): StoreWatch {
  let failure: StoreFailure | undefined;
  return {
    async watched(by, asked) {
      try {
        const answer = await asked;
        if (by === 'write' || failure?.by === 'read') failure = undefined;
        return answer;
      } catch (error) {
        if (!isUnreadable(error))
          failure ??= { by, code: codeOf(error), message: messageOf(error), since: clock.now() };
        throw error;
      }
    },
    failure: () => failure,
  };
}
