import type { Random } from '../../shared/core/random.ts';
import { isFinal, type Job, nodeCount, nodeIdAt, type Refusal } from '../../shared/jobs/index.ts';
import { recoveryActions } from '../../shared/policy/recovery/index.ts';
import { between, happens, pick } from './chance.ts';
import type { World } from './world.ts';

/**
 * Whoever is on call: answers what sessions ask, begins some of his own, at times twice at once and against those of the rules, and calls some
 * off. Once or twice he has the job recovered after its end.
 */
export async function recoverJobs(world: World, jobId: string, random: Random): Promise<void> {
  for (let runs = between(random, 1, 3); runs > 0; runs--) {
    for (let job = await look(world, jobId, random); job && !isFinal(job.header.state); ) {
      await meddle(world, job, random);
      job = await look(world, jobId, random);
    }
    const job = world.judge.jobs.get(jobId)?.job;
    if (job && runs > 1) await begin(world, job, random);
  }
}

/** Somebody is on call for as long as the world lasts: others may have the job go on after its end. */
export async function standBy(world: World, jobId: string, random: Random): Promise<never> {
  for (;;) {
    await world.scheduler.sleep(30_000);
    const job = world.judge.jobs.get(jobId)?.job;
    if (job?.header.recovery?.state === 'escalated') await decide(world, job, job.header.recovery.id, random);
  }
}

async function look(world: World, jobId: string, random: Random): Promise<Job | undefined> {
  await world.scheduler.sleep(100 + random.next() * pick(random, [200, 2_000, 10_000]));
  return world.judge.jobs.get(jobId)?.job;
}

async function meddle(world: World, job: Job, random: Random): Promise<void> {
  const { recovery, paused } = job.header;
  if (recovery?.state === 'escalated') return decide(world, job, recovery.id, random);
  if (paused) return void (await world.ask('resume', (engine) => engine.resume(job.id, { by })));
  const chance = random.next();
  if (recovery && chance < 0.05) return callOff(world, recovery.id);
  if (chance < 0.1) return begin(world, job, random);
  if (chance < 0.15) return capture(world, job, random);
}

async function decide(world: World, job: Job, recoveryId: string, random: Random): Promise<void> {
  const options = job.header.recovery?.escalation?.options ?? ['fail'];
  if (happens(random, 0.1)) return callOff(world, recoveryId);
  const action = pick(random, options);
  const ask = () =>
    world.ask(`answer ${recoveryId} with ${action}`, (engine) => engine.answerRecovery(recoveryId, { action }, { by }));
  const answers = await Promise.all(happens(random, 0.3) ? [ask(), ask()] : [ask()]);
  for (const answer of answers)
    if (answer.kind === 'unknownRecovery' || (answer.kind === 'refused' && !refusals.has(answer.because)))
      blame(
        world,
        job,
        `the answer ${action} to ${recoveryId} was answered ${JSON.stringify(answer.kind === 'refused' ? answer.because : answer.kind)}`,
      );
}

async function begin(world: World, job: Job, random: Random): Promise<void> {
  const action = pick(random, recoveryActions);
  const node = nodeIdAt(job, between(random, 0, nodeCount(job) - 1));
  const nodes = happens(random, 0.3) ? { nodes: [node] } : {};
  const wish = happens(random, 0.2) ? nodes : { action, ...nodes };
  const ask = () => world.ask(`recover ${JSON.stringify(wish)}`, (engine) => engine.recover(job.id, wish, { by }));
  const answers = await Promise.all(happens(random, 0.3) ? [ask(), ask()] : [ask()]);
  for (const answer of answers)
    if (answer.kind === 'unknownJob' || (answer.kind === 'refused' && !refusals.has(answer.because)))
      blame(
        world,
        job,
        `${JSON.stringify(wish)} was answered ${JSON.stringify(answer.kind === 'refused' ? answer.because : answer.kind)}`,
      );
}

async function callOff(world: World, recoveryId: string): Promise<void> {
  await world.ask(`call off ${recoveryId}`, (engine) => engine.cancelRecovery(recoveryId, { by }));
}

async function capture(world: World, job: Job, random: Random): Promise<void> {
  const name = `state-${between(random, 0, 2)}`;
  await world.ask(`capture ${name}`, (engine) => engine.checkpoint(job.id, name, { by }));
  if (happens(random, 0.3)) await world.ask('restore', (engine) => engine.restore(job.id, undefined, { by }));
}

function blame(world: World, { id }: Job, sentence: string): void {
  world.judge.blame(`recovery of job ${id}: ${sentence}`);
}

const by = 'an operator';

/** Others were quicker, or what was drawn is not possible for the job as it is. */
const refusals: ReadonlySet<Refusal> = new Set<Refusal>([
  'jobIsFinal',
  'jobIsChild',
  'rollingBack',
  'recoveryUnderWay',
  'noRecoveryUnderWay',
  'recoveryNotEscalated',
  'recoveryIsOver',
  'actionNotPossible',
  'unknownCheckpoint',
  'nothingToRunAgain',
  'nothingToCompensate',
  'unknownNode',
  'notDue',
  'deadlineHasPassed',
]);
