import { type RunningRedis, startRedis } from '../../support/a-redis.ts';

/** A Redis of its own, which ends with the work and with this process. */
export async function withRedis<Found>(work: (redis: RunningRedis) => Promise<Found>): Promise<Found> {
  const redis = await startRedis();
  const orphan = () => void process.kill(redis.pid, 'SIGKILL');
  process.once('exit', orphan);
  try {
    return await work(redis);
  } finally {
    process.off('exit', orphan);
    await redis.close();
  }
}
