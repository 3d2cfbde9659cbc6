import { readFileSync } from 'node:fs';
import type { Clock } from '../core/clock.ts';

const lookEveryMs = 200;

/**
 * Resolves with true once one of the processes that started this one is gone, nearest first. A shell that npm puts between outlives
 * a killed npm, so looking at the parent alone would not do.
 */
export async function lineageWatch(clock: Clock, lineage: readonly number[], over: AbortSignal): Promise<boolean> {
  if (lineage.length === 0 || lineage[0] !== process.ppid) return false;
  while (!over.aborted) {
    if (!isWhole(lineage)) return true;
    await clock.sleep(lookEveryMs, over);
  }
  return false;
}

function isWhole([parent, ...elders]: readonly number[]): boolean {
  if (process.ppid !== parent) return false;
  let child = parent;
  return elders.every((elder) => {
    const found = parentOf(child);
    child = elder;
    return found === undefined || found === elder;
  });
}

/** Undefined where there is no `/proc`. */
function parentOf(pid: number): number | undefined {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}
