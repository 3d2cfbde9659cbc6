import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { idle } from '../contestants/idle.ts';

export interface IdleGiven {
  readonly name: string;
  readonly redisUrl: string;
  readonly breakers: number;
  readonly isCalled: boolean;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes of heap that stay for each breaker. The names are there before, and are nobody's. */
export async function measure({ name, redisUrl, breakers, isCalled }: IdleGiven): Promise<number> {
  const make = await idle[name]!(redisUrl);
  await make('warm-up', true);
  const names = Array.from({ length: breakers }, (_, at) => `target-${at}`);
  const kept = new Array<unknown>(breakers).fill(undefined);
  const before = heapBytes();
  for (let at = 0; at < breakers; at++) kept[at] = await make(names[at]!, isCalled);
  const bytes = (heapBytes() - before) / breakers;
  return kept.length === breakers ? bytes : Number.NaN;
}

function heapBytes(): number {
  for (let time = 0; time < 4; time++) collectGarbage();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}
