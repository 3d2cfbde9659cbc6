import { Redis } from 'ioredis';
import { benchLeaseMs, type OwnInstance, openOwn } from '../contestants/own.ts';

export interface CommandsGiven {
  readonly port: number;
  readonly guards: 'breaker' | 'bulkhead' | 'both';
  readonly instances: number;
  readonly workers: number;
  readonly limit: number;
  readonly callMs: number;
  /** Share of the calls that fail. */
  readonly failing: number;
  readonly warmUpMs: number;
  readonly ms: number;
}

export interface CommandsFound {
  readonly calls: number;
  /** As Redis counts them: what clients send, and what scripts run inside. */
  readonly sent: number;
  readonly run: number;
}

/** How often Redis is asked for each protected call, while many are under way. */
export async function measure(given: CommandsGiven): Promise<CommandsFound> {
  const { port, instances, workers, callMs, warmUpMs, ms } = given;
  const fleet = await Promise.all(Array.from({ length: instances }, () => openOwn(`redis://127.0.0.1:${port}`)));
  const redis = new Redis(port, '127.0.0.1');
  let calls = 0;
  let isOver = false;
  const call = async () => {
    await sleep(callMs * (0.5 + Math.random()));
    calls++;
    if (Math.random() < given.failing) throw gone;
  };
  const working = fleet.flatMap((instance) => {
    const guarded = guardedBy(instance, given, call);
    return Array.from({ length: workers / instances }, async () => {
      while (!isOver) await guarded().catch(() => {});
    });
  });
  await sleep(warmUpMs);
  await redis.config('RESETSTAT');
  calls = 0;
  await sleep(ms);
  const [made, stats] = [calls, await redis.info('commandstats')];
  isOver = true;
  await Promise.all(working);
  await Promise.all(fleet.map((instance) => instance.close()));
  redis.disconnect();
  return { calls: made, ...countsOf(stats) };
}

function guardedBy(instance: OwnInstance, { guards, limit }: CommandsGiven, call: () => Promise<void>) {
  const breaker = instance.breaker('target', { failures: 0, failureRate: 0.5, early: true });
  const bulkhead = instance.bulkhead('pool', { limit, queueMost: 10_000, leaseMs: benchLeaseMs });
  if (guards === 'breaker') return () => breaker.run(call);
  if (guards === 'bulkhead') return () => bulkhead.run(call);
  return () => bulkhead.run(() => breaker.run(call));
}

/** What scripts run inside is counted by its own name, and no client sends any of that; our own question at the end is one more. */
const sentByClients = /^(?:evalsha|eval|ping|subscribe|unsubscribe|hello|client|publish|info|config)/;

function countsOf(stats: string): { sent: number; run: number } {
  let [sent, run] = [0, 0];
  for (const [, name, count] of stats.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)) {
    run += Number(count);
    if (sentByClients.test(name!)) sent += Number(count);
  }
  return { sent, run };
}

const gone = new Error('the target has gone');
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
