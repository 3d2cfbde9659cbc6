import type { Random } from '../../shared/core/random.ts';
import type { Answer } from '../../shared/engine/engine.ts';
import { failedUndos, isFinal, type Job, nodeIdAt } from '../../shared/jobs/index.ts';
import { happens, pick } from './chance.ts';
import type { World } from './world.ts';

/** Somebody rolls the job back at any moment, also after its end, twice at once or again, and sees it through: pauses, decides, or cancels. */
export async function rollBack(world: World, jobId: string, random: Random): Promise<void> {
  const { scheduler } = world;
  await scheduler.sleep(random.next() * pick(random, [500, 5_000, 30_000]));
  for (let times = happens(random, 0.4) ? 2 : 1; times > 0; times--) {
    if (happens(random, 0.3)) await untilFinal(world, jobId);
    await start(world, jobId, random);
    await seeThrough(world, jobId, random);
    await scheduler.sleep(random.next() * 3_000);
  }
}

async function start(world: World, jobId: string, random: Random): Promise<void> {
  const ask = () => world.ask('rollback', (engine) => engine.rollback(jobId, { by: 'an operator' }));
  const answers = await Promise.all(happens(random, 0.3) ? [ask(), ask()] : [ask()]);
  for (const answer of answers) checkAnswer(world, jobId, 'a rollback', answer);
}

/** Until the job has ended: what fails for good is tried again or skipped, whoever paused it. */
async function seeThrough(world: World, jobId: string, random: Random): Promise<void> {
  const by = 'an operator';
  const mayCancel = happens(random, 0.2);
  for (;;) {
    const job = jobOf(world, jobId);
    if (!job?.header.rollback) return;
    const [failed] = failedUndos(job);
    if (failed !== undefined) await decide(world, job, nodeIdAt(job, failed), random);
    else if (job.header.paused)
      checkAnswer(world, jobId, 'resume', await world.ask('resume', (engine) => engine.resume(jobId, { by })));
    else await meddle(world, jobId, random.next(), mayCancel);
    await world.scheduler.sleep(100 + random.next() * pick(random, [200, 2_000, 20_000]));
  }
}

async function meddle(world: World, jobId: string, chance: number, mayCancel: boolean): Promise<void> {
  const by = 'an operator';
  if (chance < 0.1)
    checkAnswer(world, jobId, 'pause', await world.ask('pause', (engine) => engine.pause(jobId, { by })));
  else if (chance < 0.2 && mayCancel)
    checkAnswer(world, jobId, 'cancel', await world.ask('cancel', (engine) => engine.cancel(jobId, { by })));
}

async function decide(world: World, job: Job, nodeId: string, random: Random): Promise<void> {
  const by = 'an operator';
  const answer = happens(random, 0.7)
    ? await world.ask(`retry ${nodeId}`, (engine) => engine.retryCompensation(job.id, nodeId, { by }))
    : await world.ask(`skip ${nodeId}`, (engine) => engine.skip(job.id, nodeId, { by }));
  checkAnswer(world, job.id, `the decision on ${nodeId}`, answer);
}

async function untilFinal(world: World, jobId: string): Promise<void> {
  for (let looks = 0; looks < 200; looks++) {
    const job = jobOf(world, jobId);
    if (job && isFinal(job.header.state)) return;
    await world.scheduler.sleep(1_000);
  }
}

/** Others act at the same time: they were quicker, or the job has ended. */
const refusals: ReadonlySet<string> = new Set([
  'rollingBack',
  'nothingToCompensate',
  'jobIsFinal',
  'jobIsPaused',
  'jobIsNotPaused',
  'compensationFailed',
  'noFailedCompensation',
  'nodeIsSettled',
  'nodeIsNotReady',
  'recoveryUnderWay',
]);

function checkAnswer(world: World, jobId: string, what: string, answer: Answer): void {
  if (answer.kind === 'unknownJob') return world.judge.blame(`J8: ${what} found no job ${jobId}`);
  if (answer.kind === 'refused' && !refusals.has(answer.because))
    world.judge.blame(`${what} of job ${jobId} was refused: ${answer.because}`);
}

function jobOf({ judge }: World, jobId: string): Job | undefined {
  return judge.jobs.get(jobId)?.job;
}
