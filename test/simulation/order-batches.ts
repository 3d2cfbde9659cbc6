import type { Random } from '../../shared/core/random.ts';
import { type Batch, type BatchAction, type BatchResult, requestOf } from '../../shared/jobs/batch/index.ts';
import { happens, pick } from './chance.ts';
import type { World } from './world.ts';

/** Operators do something to all jobs at once, twice under the same id, and at times think better of it. What they paused they resume. */
export async function orderBatches(world: World, random: Random): Promise<void> {
  await world.scheduler.sleep(random.next() * 20_000);
  if (happens(random, 0.5)) await order(world, 'retry-now', 'again', random);
  const ended = await order(world, 'pause', 'look', random);
  if (happens(random, 0.5)) await order(world, 'retry-now', 'meanwhile', random);
  for (let round = 1; ; round++) {
    await order(world, 'resume', `go-on-${round}`, random);
    // Of a batch that was cancelled the last jobs may be paused a little later.
    if (ended.state === 'cancelled') await world.scheduler.sleep(3 * world.settings.engine.leaseMs!);
    if (![...world.judge.jobs.values()].some(({ job }) => job.header.paused)) return;
  }
}

async function order(world: World, action: BatchAction, id: string, random: Random): Promise<Batch> {
  const asked = { id, order: { action, filter: {}, ratePerSecond: pick(random, [0.4, 5, 500]) }, by: 'an operator' };
  const ask = () => world.ask(`${action} many`, (engine) => engine.batches.start(asked));
  const answers = await Promise.all(happens(random, 0.3) ? [ask(), ask()] : [ask()]);
  for (const { kind } of answers)
    if (kind !== 'started' && kind !== 'repeated') world.judge.blame(`batch ${id} was answered ${kind}`);
  if (action === 'pause' && happens(random, 0.3)) {
    await world.scheduler.sleep(random.next() * 3_000);
    await world.ask(`stop to ${action} many`, (engine) => engine.batches.cancel(id, 'an operator'));
  }
  const batch = await ended(world, id);
  await judgeBatch(world, batch);
  return batch;
}

async function ended(world: World, id: string): Promise<Batch> {
  for (;;) {
    await world.scheduler.sleep(500);
    const batch = await world.ask(`how far ${id} is`, (engine) => engine.batches.get(id));
    if (batch && batch.state !== 'running') return batch;
    if (!batch) world.judge.blame(`batch ${id} was accepted and is not stored`);
  }
}

/** A result for each job, and each was acted on once: what its audit says is what was told. */
async function judgeBatch(world: World, { id, state, counts, chunks }: Batch): Promise<void> {
  const results = (await world.batches.readResults(id, 0, chunks)).flat();
  const told = new Set(results.map(({ jobId }) => jobId));
  const sum = counts.done + counts.repeated + counts.refused + counts.failed;
  if (told.size !== results.length || results.length !== sum)
    world.judge.blame(`batch ${id} tells of ${told.size} jobs in ${results.length} results and counts ${sum}`);
  for (const result of results) judgeResult(world, id, result);
  if (state === 'cancelled') return;
  for (const jobId of world.judge.jobs.keys())
    if (!told.has(jobId) && actsOn(world, jobId, id).length > 0)
      world.judge.blame(`batch ${id} acted on job ${jobId} and does not tell of it`);
}

function judgeResult(world: World, id: string, { jobId, outcome }: BatchResult): void {
  const keys = actsOn(world, jobId, id);
  if (new Set(keys).size !== keys.length) world.judge.blame(`batch ${id} acted on job ${jobId} more than once`);
  const isLawful = outcome === 'failed' || (outcome === 'done') === keys.length > 0;
  // For a moment two engines may work on a chunk: one tells of a refusal, and the other acts once the job allows it.
  const isLate = outcome === 'refused' && keys.length === 1;
  if (!isLawful && !isLate)
    world.judge.blame(`batch ${id} says ${outcome} of job ${jobId}, whose audit tells of it ${keys.length} times`);
}

/** The keys of the batch in the job's audit. */
function actsOn({ judge }: World, jobId: string, id: string): string[] {
  const lines = judge.jobs.get(jobId)?.lines ?? [];
  const request = requestOf(id);
  return lines.flatMap(({ request: key }) => (key === request || key?.startsWith(`${request}:`) ? [key] : []));
}
