import { Firestore, type Timestamp } from '@google-cloud/firestore';
import { kind } from '../engine/part.ts';
import { type Figure, figureOf } from '../figure.ts';
import type { House } from './house.ts';
import { sizes } from './sizes.ts';

/** Stands beside every speed: what the emulator alone does at the same concurrency, with nothing else on the machine. */
export async function limitBeside(house: House, what: string, atOnce: number): Promise<Figure> {
  const name = `emulator's limit beside ${what}: commits of one document, ${atOnce} at once`;
  return figureOf(name, [await measureLimit(house, atOnce)], kind('commits/s', 'higher'));
}

/** What the emulator itself can do: commits a second of one document each on condition of its last update, so many at once. */
async function measureLimit({ project, hosts }: House, atOnce: number): Promise<number> {
  const clientOptions = { universeDomain: 'googleapis.com' };
  const sdk = new Firestore({ projectId: project, host: hosts.firestore, ssl: false, clientOptions });
  const body = 'x'.repeat(1_500);
  const until = performance.now() + sizes.limitMs;
  let commits = 0;
  const writer = async (_: unknown, place: number) => {
    const document = sdk.doc(`limit/writer-${place}`);
    let lastUpdateTime: Timestamp = (await document.set({ body, commit: 0 })).writeTime;
    for (let commit = 1; performance.now() < until; commit++, commits++)
      lastUpdateTime = (await document.update({ body, commit }, { lastUpdateTime })).writeTime;
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: atOnce }, writer));
  const tookMs = performance.now() - start;
  await sdk.terminate();
  return (commits / tookMs) * 1_000;
}
