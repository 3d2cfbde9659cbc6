import { oneByOne } from '../workloads/clients.ts';
import { openPeer } from './bullmq-queue.ts';

export interface PeerFanGiven {
  readonly port: number;
  readonly width: number;
  readonly rounds: number;
  readonly concurrency: number;
}

/** W2 on BullMQ: a flow with a parent that joins its children. One goes before. */
export async function measure({ port, width, rounds, concurrency }: PeerFanGiven): Promise<readonly number[]> {
  const peer = await openPeer('flow', port, concurrency);
  await peer.runFan(width);
  return oneByOne(rounds, () => peer.runFan(width));
}
