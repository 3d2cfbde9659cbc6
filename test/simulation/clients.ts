import type { Random } from '../../shared/core/random.ts';
import type { Answer, Submitted } from '../../shared/engine/engine.ts';
import { indexOfNode, isFinal, type JobSpec, nodeAt, nodeCount, nodeIdAt } from '../../shared/jobs/index.ts';
import { between, happens, pick } from './chance.ts';
import { overruleRetries } from './overrule-retries.ts';
import type { Shape } from './shapes/sketch.ts';
import type { World } from './world.ts';

/** People and programs outside: they ask again until they are answered. Resolves when all of them have said what they wanted to. */
export async function sendClients(world: World, shapes: readonly Shape[], random: Random): Promise<readonly string[]> {
  return Promise.all(shapes.map((shape, place) => attend(world, shape, `key-${place}`, random)));
}

async function attend(world: World, shape: Shape, key: string, random: Random): Promise<string> {
  const jobId = await submit(world, shape.spec, key, random);
  const signals = shape.signals.map((name, place) => signal(world, jobId, `${key}-${place}`, name, random));
  const operators = world.settings.operators
    ? [operate(world, jobId, shape.determined, random), overruleRetries(world, jobId, !shape.determined, random)]
    : [];
  await Promise.all([...signals, ...operators]);
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
  const by = 'an operator';
  if (!determined && happens(random, 0.4)) {
    await world.ask('cancel', (engine) => engine.cancel(jobId, by));
    await world.scheduler.sleep(0);
    const job = world.judge.jobs.get(jobId)?.job;
    if (job && !isFinal(job.header.state)) world.judge.blame(`job ${jobId} was cancelled and goes on`);
    return;
  }
  if (!determined && happens(random, 0.5)) await skipSome(world, jobId, random);
  for (let times = between(random, 1, 2); times > 0; times--) {
    checkAnswer(world, jobId, 'pause', await world.ask('pause', (engine) => engine.pause(jobId, by)));
    await world.scheduler.sleep(random.next() * pick(random, [100, 20_000]));
    checkAnswer(world, jobId, 'resume', await world.ask('resume', (engine) => engine.resume(jobId, by)));
    const job = world.judge.jobs.get(jobId)?.job;
    if (job?.header.paused) world.judge.blame(`job ${jobId} was resumed and is paused`);
  }
}

/** Nodes at random, some of them twice: what has settled stays as it is, and what has not is skipped at once. */
async function skipSome(world: World, jobId: string, random: Random): Promise<void> {
  const job = world.judge.jobs.get(jobId)?.job;
  for (let times = between(random, 1, 3); job && times > 0; times--) {
    const nodeId = nodeIdAt(job, between(random, 0, nodeCount(job) - 1));
    const answer = await world.ask(`skip ${nodeId}`, (engine) => engine.skip(jobId, nodeId, 'an operator', 'a test'));
    const { job: after } = world.judge.jobs.get(jobId)!;
    const run = nodeAt(after, indexOfNode(after, nodeId)!);
    if (answer.kind === 'done' && run.state !== 'skipped')
      world.judge.blame(`${nodeId} was skipped and is ${run.state}`);
    if (answer.kind === 'refused' && !skipRefusals.has(answer.because))
      world.judge.blame(`skipping ${nodeId} of job ${jobId} was refused: ${answer.because}`);
    await world.scheduler.sleep(random.next() * 2_000);
  }
}

const skipRefusals: ReadonlySet<string> = new Set(['jobIsFinal', 'nodeIsSettled', 'nodeIsNotReady', 'notDue']);

function checkAnswer(world: World, jobId: string, what: string, answer: Answer): void {
  const state = world.judge.jobs.get(jobId)?.job.header.state;
  if (answer.kind === 'unknownJob') world.judge.blame(`J8: ${what} found no job ${jobId}`);
  if (answer.kind !== 'refused') return;
  if (answer.because === 'jobIsFinal' && state && isFinal(state)) return;
  if (answer.because === 'jobIsPaused' || answer.because === 'jobIsNotPaused') return;
  world.judge.blame(`${what} of job ${jobId}, which is ${state}, was refused: ${answer.because}`);
}
