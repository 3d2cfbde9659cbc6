import { type Call, type Contestant, fn } from '../contestants/contestant.ts';

export interface CallsGiven {
  /** The module of the contestants, and which of them. */
  readonly file: string;
  readonly name: string;
  readonly redisUrl: string;
  /** So many calls one after the other make a turn; `await fn()` and the contestant take turns. */
  readonly calls: number;
  readonly turns: number;
  readonly warmUps: number;
}

export interface CallsFound {
  /** CPU time of the whole process, all its threads. */
  readonly nsPerCall: readonly number[];
  /** Turn by turn: in so many times `await fn()`. */
  readonly times: readonly number[];
}

/** One contestant beside `await fn()`, in a process of its own: no other has taught the compiler anything. */
export async function measure({ file, name, redisUrl, calls, turns, warmUps }: CallsGiven): Promise<CallsFound> {
  const { contestants } = (await import(file)) as { contestants: Readonly<Record<string, Contestant>> };
  const call = await contestants[name]!(redisUrl);
  const nsPerCall: number[] = [];
  const times: number[] = [];
  for (let turn = -warmUps; turn < turns; turn++) {
    const base = await cpuNsOf(() => manyBare(calls));
    const guarded = await cpuNsOf(() => many(call, calls));
    if (turn < 0) continue;
    nsPerCall.push(guarded / calls);
    times.push(guarded / base);
  }
  return { nsPerCall, times };
}

async function cpuNsOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1_000;
}

/** Twice the same loop, so that what the compiler learns of the one says nothing of the other. */
async function manyBare(calls: number): Promise<void> {
  for (let call = 0; call < calls; call++) await fn();
}

async function many(call: Call, calls: number): Promise<void> {
  for (let made = 0; made < calls; made++) await call();
}
