import type { BreakerHandle } from '../../../../shared/engine/guards/breaker-handle.ts';
import { openOwn } from '../contestants/own.ts';

export interface KnownGiven {
  readonly url: string;
  readonly instances: number;
  readonly failures: number;
  readonly rounds: number;
}

export interface KnownFound {
  /** From the failure that opened it until the last instance refused. */
  readonly openedMs: readonly number[];
  /** From an operator's reset until the last instance let calls through. */
  readonly closedMs: readonly number[];
  /** A script that does nothing, there and back, on one of the connections. */
  readonly roundTripMs: readonly number[];
}

/** Instances in one process, each with connections of its own, and so with one clock. */
export async function measure({ url, instances, failures, rounds }: KnownGiven): Promise<KnownFound> {
  const spec = { failures, openMs: 60_000 };
  const fleet = await Promise.all(Array.from({ length: instances }, () => openOwn(url)));
  const breakers = fleet.map((instance) => instance.breaker('target', spec));
  const found = { openedMs: [] as number[], closedMs: [] as number[], roundTripMs: [] as number[] };
  for (const breaker of breakers) await breaker.run(async () => {});
  for (let round = -warmUps; round < rounds; round++) {
    const openedMs = await untilAll(breakers, 'refused', () => fail(breakers, failures));
    await sleep(pauseMs);
    const closedMs = await untilAll(breakers, 'pass', () => void fleet[0]!.reset('target'));
    await sleep(pauseMs);
    const began = performance.now();
    await fleet[1]!.ping();
    const roundTripMs = performance.now() - began;
    if (round < 0) continue;
    found.openedMs.push(openedMs);
    found.closedMs.push(closedMs);
    found.roundTripMs.push(roundTripMs);
  }
  await Promise.all(fleet.map((instance) => instance.close()));
  return found;
}

const warmUps = 10;
const pauseMs = 5;

/** As many instances fail as it takes, and one more, since no single one opens it. Each fails so often that it says so at once. */
function fail(breakers: readonly BreakerHandle[], failures: number): void {
  const each = Math.ceil(failures / 2);
  for (const breaker of breakers.slice(0, Math.ceil(failures / each) + 1))
    for (let failure = 0; failure < each; failure++) {
      const pass = breaker.tryAcquire();
      if (pass.kind === 'pass') breaker.failed(pass);
    }
}

/** Looks at all of them in each turn of the event loop. */
async function untilAll(
  breakers: readonly BreakerHandle[],
  kind: 'pass' | 'refused',
  act: () => void,
): Promise<number> {
  const began = performance.now();
  act();
  while (!breakers.every((breaker) => breaker.tryAcquire().kind === kind)) {
    if (performance.now() - began > patienceMs) throw new Error(`not all instances knew within ${patienceMs} ms`);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return performance.now() - began;
}

const patienceMs = 10_000;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
