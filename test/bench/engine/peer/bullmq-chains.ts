import { readFileSync } from 'node:fs';
import { inFlight } from '../workloads/clients.ts';
import { openPeer } from './bullmq-queue.ts';
import type { Way } from './ways.ts';

export interface PeerChainsGiven {
  readonly way: Way;
  readonly port: number;
  readonly redisPid: number;
  readonly jobs: number;
  readonly steps: number;
  readonly clients: number;
  readonly warmUpJobs: number;
}

export interface PeerChainsFound {
  readonly stepsPerSecond: number;
  /** Node and Redis together; undefined where there is no `/proc`. */
  readonly cpuMsPerStep?: number;
}

/** W1 on BullMQ: the same number of jobs and steps, from as many clients, worked on as many at once. */
export async function measure(given: PeerChainsGiven): Promise<PeerChainsFound> {
  const { way, port, redisPid, jobs, steps, clients, warmUpJobs } = given;
  const peer = await openPeer(way, port, clients);
  await inFlight(clients, warmUpJobs, () => peer.runChain(steps));
  const before = { node: process.cpuUsage(), redis: cpuMsOf(redisPid) };
  const ms = await inFlight(clients, jobs, () => peer.runChain(steps));
  const { user, system } = process.cpuUsage(before.node);
  const redis = cpuMsOf(redisPid);
  const stepsPerSecond = ((jobs * steps) / ms) * 1_000;
  if (redis === undefined || before.redis === undefined) return { stepsPerSecond };
  return { stepsPerSecond, cpuMsPerStep: ((user + system) / 1_000 + redis - before.redis) / (jobs * steps) };
}

/** Linux counts in ticks of 10 ms. */
function cpuMsOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the name, which may hold anything, come the state and then, as 12th and 13th, the user's and the system's ticks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}
