import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../core/error.ts';
import type { OpenEngine } from '../edge/cli/world.ts';
import type { StoreChoice } from './store-choice.ts';

/** Runs of the same job at once; each needs a file, since an engine has its file for itself. */
const filesMax = 16;

/**
 * The store of a run whose operator named none: a file of this very job, so that a run that was killed is found again and runs of
 * different jobs never wait for each other. It goes when the run is over: the run has told everything then.
 */
export async function openRunStore(
  dir: string,
  fingerprint: string,
  open: (store: StoreChoice) => Promise<OpenEngine>,
): Promise<OpenEngine> {
  for (let place = 1; ; place++) {
    const path = join(dir, `${fingerprint.slice(0, 16)}${place === 1 ? '' : `-${place}`}.db`);
    try {
      const opened = await open({ kind: 'sqlite', path });
      return { ...opened, close: (isOver) => closeAndForget(opened, path, isOver) };
    } catch (error) {
      if (codeOf(error) !== 'store_in_use' || place >= filesMax) throw error;
    }
  }
}

async function closeAndForget(opened: OpenEngine, path: string, isOver: boolean): Promise<void> {
  await opened.close(isOver);
  if (isOver) for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${ending}`, { force: true });
}
