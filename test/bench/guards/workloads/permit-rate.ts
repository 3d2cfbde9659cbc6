import { permitContestants } from '../contestants/permits.ts';

export interface RateGiven {
  readonly name: string;
  readonly port: number;
  readonly limit: number;
  readonly clients: number;
  readonly workers: number;
  readonly warmUpMs: number;
  readonly ms: number;
}

export interface RateFound {
  /** Permits that were acquired and released in a second. */
  readonly perSecond: number;
  readonly cpuMicrosEach: number;
}

/** Workers that do nothing but acquire and release. */
export async function measure({ name, port, limit, clients, workers, warmUpMs, ms }: RateGiven): Promise<RateFound> {
  const each = workers / clients;
  const all = await Promise.all(
    Array.from({ length: clients }, () => permitContestants[name]!({ port, limit, workers: each })),
  );
  let uses = 0;
  let isOver = false;
  const work = async () => {
    uses++;
  };
  const working = all.flatMap((client) =>
    Array.from({ length: each }, async (_, worker) => {
      while (!isOver) await client.use(worker, work);
    }),
  );
  await sleep(warmUpMs);
  const before = { uses, cpu: process.cpuUsage(), at: performance.now() };
  await sleep(ms);
  const done = uses - before.uses;
  const tookMs = performance.now() - before.at;
  const { user, system } = process.cpuUsage(before.cpu);
  isOver = true;
  await Promise.all(working);
  await Promise.all(all.map((client) => client.close()));
  return { perSecond: (done / tookMs) * 1_000, cpuMicrosEach: (user + system) / done };
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
