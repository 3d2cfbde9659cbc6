import { openOwn } from '../contestants/own.ts';

export interface AdmitGiven {
  readonly redisUrl: string;
  readonly calls: number;
  readonly turns: number;
  readonly warmUps: number;
}

/** CPU nanoseconds of one `tryAcquire` of a breaker that is open: no promise, no error. */
export async function measure({ redisUrl, calls, turns, warmUps }: AdmitGiven): Promise<readonly number[]> {
  const own = await openOwn(redisUrl);
  const breaker = own.breaker('target', { failures: 1, openMs: 3_600_000 });
  while (breaker.view().state === 'closed') {
    const pass = breaker.tryAcquire();
    if (pass.kind === 'pass') breaker.failed(pass);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  const found: number[] = [];
  for (let turn = -warmUps; turn < turns; turn++) {
    const before = process.cpuUsage();
    let refused = 0;
    for (let call = 0; call < calls; call++) if (breaker.tryAcquire().kind === 'refused') refused++;
    const { user, system } = process.cpuUsage(before);
    if (refused !== calls) throw new Error(`${calls - refused} calls were let through`);
    if (turn >= 0) found.push(((user + system) * 1_000) / calls);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return found;
}
