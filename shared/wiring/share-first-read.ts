import type { GuardRecords } from '../ports/index.ts';

type Read = ReturnType<GuardRecords['readAll']>;

/**
 * Breakers and the desk both read the records when a process begins, at the same time: that is one read. Only the first, and only until
 * something is changed: after a change its own process must not be told what was there before.
 */
export function shareFirstRead(records: GuardRecords): GuardRecords {
  let first: Read | undefined;
  let isOver = false;

  async function readFirst(): Read {
    try {
      return await records.readAll();
    } finally {
      isOver = true;
    }
  }

  return {
    readAll() {
      if (isOver) return records.readAll();
      first ??= readFirst();
      return first;
    },
    changeBreaker(change) {
      isOver = true;
      return records.changeBreaker(change);
    },
    changeBulkhead(change) {
      isOver = true;
      return records.changeBulkhead(change);
    },
    keepTransitions: (transitions) => records.keepTransitions(transitions),
    lastTransitions: () => records.lastTransitions(),
    readLines: (guard, name, most, before) => records.readLines(guard, name, most, before),
  };
}
