import { windowed } from '../contestants/windowed.ts';

export interface FailureGiven {
  readonly name: string;
  readonly redisUrl: string;
  /** Successes that stand in the window. */
  readonly inWindow: number;
  readonly failures: number;
}

/** CPU microseconds of one failing call. The compiler has seen many before, at other breakers. */
export async function measure({ name, redisUrl, inWindow, failures }: FailureGiven): Promise<number> {
  for (let time = 0; time < warmUps; time++) await microsOf(name, redisUrl, 3_000, Math.min(1_000, failures));
  return microsOf(name, redisUrl, inWindow, failures);
}

async function microsOf(name: string, redisUrl: string, inWindow: number, failures: number): Promise<number> {
  const breaker = await windowed[name]!(redisUrl);
  for (let call = 0; call < inWindow; call++) await breaker.call(false);
  const before = process.cpuUsage();
  for (let call = 0; call < failures; call++) await breaker.call(true);
  const { user, system } = process.cpuUsage(before);
  if (breaker.isOpen()) throw new Error(`${name} opened after ${failures} failures: what was measured is refusing`);
  return (user + system) / failures;
}

const warmUps = 10;
