import { constants } from 'node:os';
import type { Clock } from '../core/clock.ts';
import type { Stop } from '../edge/cli/world.ts';
import { readLineage } from './config.ts';
import { lineageWatch } from './lineage.ts';

/** A terminal and npm both hand on a Ctrl-C: what comes this soon after the first is no second one. */
const sameSignalMs = 1_000;

/** When whoever started us is gone, somebody may be about to start us again, and waits for the store. */
const orphanGraceMs = 1_000;

type Cause = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'orphaned';

/** The first signal asks for a good end, the second one is obeyed at once. */
export function stopCatcher(clock: Clock, restore: () => void): () => Stop {
  const stopping = new AbortController();
  let cause: Cause = 'SIGTERM';
  let since: number | undefined;

  function stop(by: Cause): void {
    if (since === undefined) {
      since = clock.now();
      cause = by;
      stopping.abort();
    } else if (by !== 'orphaned' && clock.now() - since > sameSignalMs) {
      restore();
      process.exit(exitCodeOf(by));
    }
  }

  return () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
    void lineageWatch(clock, readLineage(), stopping.signal).then((isBroken) => isBroken && stop('orphaned'));
    return {
      signal: stopping.signal,
      get exitCode() {
        return exitCodeOf(cause);
      },
      graceMs: (usual) => (cause === 'orphaned' ? Math.min(usual, orphanGraceMs) : usual),
    };
  };
}

/** As shells have it. */
function exitCodeOf(cause: Cause): number {
  return 128 + constants.signals[cause === 'orphaned' ? 'SIGHUP' : cause];
}
