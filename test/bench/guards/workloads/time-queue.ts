import { queues } from '../contestants/queue.ts';

export interface QueueGiven {
  readonly name: string;
  readonly redisUrl: string;
  readonly deep: number;
}

/** CPU microseconds for each of as many tasks as the queue is deep, from the first that waits until the last is done. */
export async function measure({ name, redisUrl, deep }: QueueGiven): Promise<number> {
  await microsOf(name, redisUrl, 10_000);
  return microsOf(name, redisUrl, deep);
}

async function microsOf(name: string, redisUrl: string, deep: number): Promise<number> {
  const add = await queues[name]!(deep, redisUrl);
  const all = new Array<Promise<unknown>>(deep);
  let done = 0;
  const task = async () => {
    done++;
  };
  const before = process.cpuUsage();
  for (let at = 0; at < deep; at++) all[at] = add(task);
  await Promise.all(all);
  const { user, system } = process.cpuUsage(before);
  if (done !== deep) throw new Error(`${name} did ${done} of ${deep} tasks`);
  return (user + system) / deep;
}
