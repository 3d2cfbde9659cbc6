import { permitContestants } from '../contestants/permits.ts';
import { handOversOf } from '../hand-overs.ts';

export interface HandOverGiven {
  readonly name: string;
  readonly port: number;
  readonly limit: number;
  readonly clients: number;
  readonly workers: number;
  /** How long a permit is held; with 0 it goes back at once. */
  readonly holdMs: number;
  readonly ms: number;
}

export interface HandOverFound {
  readonly handOversMs: readonly number[];
  /** From asking for a permit until it is there. */
  readonly waitsMs: readonly number[];
  /** Most that held a permit at once. */
  readonly heldMost: number;
}

/** More workers than permits, so that somebody always waits. All clients are in one process and go by its clock. */
export async function measure({
  name,
  port,
  limit,
  clients,
  workers,
  holdMs,
  ms,
}: HandOverGiven): Promise<HandOverFound> {
  const each = workers / clients;
  const all = await Promise.all(
    Array.from({ length: clients }, () => permitContestants[name]!({ port, limit, workers: each })),
  );
  const [granted, released, waitsMs]: number[][] = [[], [], []];
  let held = 0;
  let heldMost = 0;
  let isOver = false;
  const working = all.flatMap((client) =>
    Array.from({ length: each }, async (_, worker) => {
      while (!isOver) {
        const askedAt = performance.now();
        await client.use(worker, () => hold(askedAt));
      }
    }),
  );

  async function hold(askedAt: number): Promise<void> {
    const at = performance.now();
    granted!.push(at);
    waitsMs!.push(at - askedAt);
    heldMost = Math.max(heldMost, ++held);
    if (holdMs > 0) await sleep(holdMs);
    held--;
    released!.push(performance.now());
  }

  await sleep(warmUpMs);
  for (const told of [granted, released, waitsMs]) told!.length = 0;
  const before = held;
  await sleep(ms);
  isOver = true;
  const handOversMs = handOversOf(granted!, released!, limit - before);
  await Promise.all(working);
  await Promise.all(all.map((client) => client.close()));
  return { handOversMs, waitsMs: waitsMs!, heldMost };
}

/** Nothing is counted before. */
const warmUpMs = 2_000;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
