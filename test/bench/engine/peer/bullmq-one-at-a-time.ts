import { median } from '../../statistics.ts';
import { oneByOne } from '../workloads/clients.ts';
import { openPeer } from './bullmq-queue.ts';
import type { Way } from './ways.ts';

export interface PeerOneAtATimeGiven {
  readonly way: Way;
  readonly port: number;
  readonly jobs: number;
  readonly steps: number;
  readonly warmUpJobs: number;
}

/** LAT on BullMQ: p50 in ms. */
export async function measure({ way, port, jobs, steps, warmUpJobs }: PeerOneAtATimeGiven): Promise<number> {
  const peer = await openPeer(way, port, 1);
  await oneByOne(warmUpJobs, () => peer.runChain(steps));
  return median(await oneByOne(jobs, () => peer.runChain(steps)));
}
