import type { Random } from '../../shared/core/random.ts';
import type { Answer, Submitted } from '../../shared/engine/engine.ts';
import { indexOfNode, isFinal, type JobSpec, nodeAt, nodeCount, nodeIdAt } from '../../shared/jobs/index.ts';
import { between, happens, pick, streamOf } from './chance.ts';
import { askAgain, askUnderKey, type KeyedRequest } from './keyed-requests.ts';
import { orderBatches } from './order-batches.ts';
import { overruleRetries } from './overrule-retries.ts';
import { recoverJobs, standBy } from './recover-jobs.ts';
import { redriveJobs } from './redrive-jobs.ts';
import { rollBack } from './roll-back.ts';
import type { Shape } from './shapes/sketch.ts';
import type { World } from './world.ts';

/** People and programs outside: they ask again until they are answered. Resolves when all of them have said what they wanted to. */
export async function sendClients(world: World, shapes: readonly Shape[], random: Random): Promise<readonly string[]> {
  const batches = world.settings.batches ? orderBatches(world, streamOf(world.settings.seed, 9)) : undefined;
  const jobIds = await Promise.all(shapes.map((shape, place) => attend(world, shape, `key-${place}`, random)));
  await batches;
  return jobIds;
}

async function attend(world: World, shape: Shape, key: string, random: Random): Promise<string> {
  const jobId = await submit(world, shape.spec, key, random);
  const signals = shape.signals.map((name, place) => signal(world, jobId, `${key}-${place}`, name, random));
  const operators = world.settings.operators
    ? [operate(world, jobId, shape.determined, random), overruleRetries(world, jobId, !shape.determined, random)]
    : [];
  const rollbacks = shape.rollsBack ? [rollBack(world, jobId, random)] : [];
  const redrives = world.settings.redrives ? [redriveJobs(world, jobId, shape, streamOf(world.settings.seed, 8))] : [];
  const recoveries = shape.recovers ? [recoverJobs(world, jobId, streamOf(world.settings.seed, 10))] : [];
  if (shape.recovers) void standBy(world, jobId, streamOf(world.settings.seed, 11));
  await Promise.all([...signals, ...operators, ...rollbacks, ...redrives, ...recoveries]);
  return jobId;
}

/** J9: two at once with the same key get the same job; the same key with another body is refused. */
async function submit(world: World, spec: JobSpec, key: string, random: Random): Promise<string> {
  const ask = (what: JobSpec): Promise<Submitted> =>
    world.ask('submit', (engine) => engine.submit(what, { idempotencyKey: key }));
  await world.scheduler.sleep(random.next() * 50);
  const twins = happens(random, 0.3) ? [ask(spec), ask(spec)] : [ask(spec)];
  const answers = await Promise.all(twins);
  const jobId = idOf(answers[0]!);
  for (const answer of answers)
    if (answer.kind === 'refused' || answer.kind === 'keyReused' || answer.jobId !== jobId)
      world.judge.blame(`J9: submitting ${key} was answered ${JSON.stringify(answer)}`);
  if (happens(random, 0.2)) {
    const other = await ask({ ...spec, description: 'another one' });
    if (other.kind !== 'keyReused' || other.jobId !== jobId)
      world.judge.blame(`J9: another body with ${key} was answered ${JSON.stringify(other)}`);
  }
  if (!world.judge.jobs.has(jobId)) world.judge.blame(`J8: job ${jobId} was accepted and is not stored`);
  return jobId;
}

function idOf(answer: Submitted): string {
  return answer.kind === 'refused' ? '' : answer.jobId;
}

/** Early, late, or twice: the same id is one signal. */
async function signal(world: World, jobId: string, id: string, name: string, random: Random): Promise<void> {
  await world.scheduler.sleep(happens(random, 0.5) ? random.next() * 200 : random.next() * 60_000);
  const times = happens(random, 0.3) ? 2 : 1;
  const sent = Array.from({ length: times }, async (_, time) => {
    await world.scheduler.sleep(time * random.next() * 5_000);
    const answer = await world.ask(`signal ${name}`, (engine) =>
      engine.signal(jobId, { id, name, data: { id }, by: 'a person' }),
    );
    checkAnswer(world, jobId, `signal ${id}`, answer);
  });
  await Promise.all(sent);
}

/** Pauses and resumes; cancels and skips only where the outcome is open anyway. */
async function operate(world: World, jobId: string, determined: boolean, random: Random): Promise<void> {
  await world.scheduler.sleep(random.next() * 20_000);
  if (!determined && happens(random, 0.4)) {
    const cancel: KeyedRequest = {
      jobId,
      what: 'cancel',
      key: 'stop',
      ask: (engine, asked) => engine.cancel(jobId, asked),
    };
    await askUnderKey(world, cancel, random);
    await world.scheduler.sleep(0);
    const job = world.judge.jobs.get(jobId)?.job;
    if (job && !isFinal(job.header.state) && !job.header.rollback && job.header.run === undefined)
      world.judge.blame(`job ${jobId} was cancelled and goes on`);
    if (happens(random, 0.5)) await askAgain(world, cancel);
    return;
  }
  if (!determined && happens(random, 0.5)) await skipSome(world, jobId, random);
  for (let times = between(random, 1, 2); times > 0; times--) {
    const pause: KeyedRequest = {
      jobId,
      what: 'pause',
      key: `look ${times}`,
      ask: (engine, asked) => engine.pause(jobId, asked),
    };
    const resume: KeyedRequest = {
      jobId,
      what: 'resume',
      key: `seen ${times}`,
      ask: (engine, asked) => engine.resume(jobId, asked),
    };
    for (const answer of await askUnderKey(world, pause, random)) checkAnswer(world, jobId, 'pause', answer);
    await world.scheduler.sleep(random.next() * pick(random, [100, 20_000]));
    for (const answer of await askUnderKey(world, resume, random)) checkAnswer(world, jobId, 'resume', answer);
    for (const late of [pause, resume]) if (happens(random, 0.3)) await askAgain(world, late);
    const job = world.judge.jobs.get(jobId)?.job;
    // What was refused at an end acts when it comes again in a later run.
    if (job?.header.paused && job.header.run !== undefined)
      await world.ask('resume', (engine) => engine.resume(jobId, { by: 'an operator' }));
    else if (job?.header.paused && !job.header.rollback && !job.header.recovery)
      world.judge.blame(`job ${jobId} was resumed and is paused`);
  }
}

/** Nodes at random, some of them twice: what has settled stays as it is, and what has not is skipped at once. */
async function skipSome(world: World, jobId: string, random: Random): Promise<void> {
  const job = world.judge.jobs.get(jobId)?.job;
  for (let times = between(random, 1, 3); job && times > 0; times--) {
    const nodeId = nodeIdAt(job, between(random, 0, nodeCount(job) - 1));
    const skip: KeyedRequest = {
      jobId,
      what: `skip ${nodeId}`,
      key: `skip ${times}`,
      ask: (engine, asked) => engine.skip(jobId, nodeId, asked),
    };
    const [answer] = (await askUnderKey(world, skip, random)) as [Answer];
    const { job: after } = world.judge.jobs.get(jobId)!;
    const run = nodeAt(after, indexOfNode(after, nodeId)!);
    const { lines } = world.judge.jobs.get(jobId)!;
    const isReset = lines.some(({ event, node }) => event === 'reset' && node === nodeId);
    if (answer.kind === 'done' && run.state !== 'skipped' && !isReset)
      world.judge.blame(`${nodeId} was skipped and is ${run.state}`);
    if (answer.kind === 'refused' && !skipRefusals.has(answer.because))
      world.judge.blame(`skipping ${nodeId} of job ${jobId} was refused: ${answer.because}`);
    await world.scheduler.sleep(random.next() * 2_000);
    if (happens(random, 0.3)) await askAgain(world, skip);
  }
}

const skipRefusals: ReadonlySet<string> = new Set(['jobIsFinal', 'nodeIsSettled', 'nodeIsNotReady', 'notDue']);

function checkAnswer(world: World, jobId: string, what: string, answer: Answer): void {
  const { state, run } = world.judge.jobs.get(jobId)?.job.header ?? {};
  if (answer.kind === 'unknownJob') world.judge.blame(`J8: ${what} found no job ${jobId}`);
  if (answer.kind !== 'refused') return;
  if (answer.because === 'jobIsFinal' && state && (isFinal(state) || run !== undefined)) return;
  if (answer.because === 'jobIsPaused' || answer.because === 'jobIsNotPaused') return;
  if (
    answer.because === 'rollingBack' ||
    answer.because === 'compensationFailed' ||
    answer.because === 'recoveryUnderWay'
  )
    return;
  world.judge.blame(`${what} of job ${jobId}, which is ${state}, was refused: ${answer.because}`);
}
