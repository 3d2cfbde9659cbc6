import { startEngine } from './own-engine.ts';
import { fanOf } from './shapes.ts';

export interface FanGiven {
  readonly dir: string;
  readonly width: number;
  readonly rounds: number;
}

export interface FanFound {
  readonly ms: readonly number[];
  readonly writesPerNode: number;
}

/** W2: one job, all its nodes at once and joined. One job of the same shape goes before. */
export async function measure({ dir, width, rounds }: FanGiven): Promise<FanFound> {
  const { engine, runToEnd, stop } = await startEngine('sqlite', dir);
  await runToEnd(fanOf(width));
  const ms: number[] = [];
  const before = engine.health().store.writes;
  for (let round = 0; round < rounds; round++) {
    const fan = fanOf(width);
    const start = performance.now();
    await runToEnd(fan);
    ms.push(performance.now() - start);
  }
  const writes = engine.health().store.writes - before;
  await stop();
  return { ms, writesPerNode: writes / rounds / (width + 1) };
}
