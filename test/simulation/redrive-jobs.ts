import type { Random } from '../../shared/core/random.ts';
import type { RedriveOptions } from '../../shared/engine/redrive-job.ts';
import { isFinal, type Job, nodeAt, nodeCount, nodeIdAt, nodeIndices } from '../../shared/jobs/index.ts';
import { between, happens, pick } from './chance.ts';
import { askAgain, askUnderKey, type KeyedRequest } from './keyed-requests.ts';
import type { Shape } from './shapes/sketch.ts';
import type { World } from './world.ts';

/**
 * Somebody who has a job go on after its end: from what failed, from nodes at random, with a corrected spec, twice at once. While it goes on,
 * nodes are run again only where its outcome is open anyway.
 */
export async function redriveJobs(world: World, jobId: string, shape: Shape, random: Random): Promise<void> {
  const times = between(random, 1, 3);
  for (let time = 1; time <= times; time++) {
    if (shape.determined || happens(random, 0.7)) await untilFinal(world, jobId);
    await world.scheduler.sleep(random.next() * pick(random, [100, 3_000, 20_000]));
    const job = world.judge.jobs.get(jobId)?.job;
    if (!job) return;
    await redrive(world, job, shape, time, random);
    await signalAgain(world, jobId, time);
  }
}

async function redrive(world: World, job: Job, shape: Shape, time: number, random: Random): Promise<void> {
  const options = drawOptions(job, shape, random);
  const before = job.header.run ?? 1;
  const request: KeyedRequest = {
    jobId: job.id,
    what: `redrive ${JSON.stringify(options.nodes ?? [])}${options.spec ? ' with a spec' : ''}`,
    key: `again ${time}`,
    ask: async (engine, asked) => {
      const answer = await engine.redrive(job.id, options, asked);
      return answer.kind === 'doesNotFit' ? { kind: 'refused', because: 'specDoesNotFit', job: answer.job } : answer;
    },
  };
  for (const answer of await askUnderKey(world, request, random))
    if (answer.kind === 'unknownJob' || (answer.kind === 'refused' && !refusals.has(answer.because)))
      world.judge.blame(`a redrive of job ${job.id} was answered ${JSON.stringify(answer)}`);
  const { lines } = world.judge.jobs.get(job.id)!;
  const mine = lines.find(({ request: key }) => key === request.key);
  if (mine?.run !== undefined && mine.run <= before)
    world.judge.blame(`J1: a redrive of run ${before} began run ${mine.run}`);
  if (happens(random, 0.3)) await askAgain(world, request);
}

function drawOptions(job: Job, shape: Shape, random: Random): RedriveOptions {
  const mayName = isFinal(job.header.state) || !shape.determined;
  const count = mayName ? pick(random, [0, 0, 1, 2]) : 0;
  const nodes = Array.from({ length: count }, () => nodeIdAt(job, between(random, 0, nodeCount(job) - 1)));
  const spec = happens(random, 0.3) && corrected(job, random);
  return {
    ...(count > 0 && { nodes }),
    ...(spec && { spec }),
    ...(happens(random, 0.2) && { input: { again: true } }),
  };
}

/** What it changes has no part in the outcome. */
function corrected({ spec }: Job, random: Random): Job['spec'] {
  const nodes = happens(random, 0.5) ? spec.nodes.toReversed() : spec.nodes;
  return { ...spec, nodes, priority: 7, description: 'corrected' };
}

/** A signal node that runs again waits for another signal, for as long as it takes. */
async function signalAgain(world: World, jobId: string, time: number): Promise<void> {
  for (let looks = 0; looks < 300; looks++) {
    const job = world.judge.jobs.get(jobId)?.job;
    if (!job || isFinal(job.header.state)) return;
    for (const node of nodeIndices(job)) {
      const run = nodeAt(job, node);
      if (run.state !== 'waiting' || run.on.kind !== 'signal') continue;
      const signal = { id: `${time} ${node} ${run.attempt} ${looks}`, name: run.on.name, data: {}, by: 'an operator' };
      await world.ask(`signal ${signal.name} again`, (engine) => engine.signal(jobId, signal));
    }
    await world.scheduler.sleep(5_000);
  }
}

async function untilFinal(world: World, jobId: string): Promise<void> {
  for (let looks = 0; looks < 300; looks++) {
    const job = world.judge.jobs.get(jobId)?.job;
    if (job && isFinal(job.header.state)) return;
    await world.scheduler.sleep(1_000);
  }
}

/** It has not ended, or all of it is done; others act at the same time; items of a list are gone by now. */
const refusals: ReadonlySet<string> = new Set([
  'jobIsNotFinal',
  'nothingToRunAgain',
  'deadlineHasPassed',
  'rollingBack',
  'recoveryUnderWay',
  'unknownNode',
  'specDoesNotFit',
]);
