import type { Random } from '../../shared/core/random.ts';
import { type Job, nodeAt, nodeIdAt, scheduledRetries } from '../../shared/jobs/index.ts';
import { between, happens, pick } from './chance.ts';
import { askAgain, askUnderKey, type KeyedRequest } from './keyed-requests.ts';
import type { World } from './world.ts';

/** Operators decide on retries that they find, some of them twice at once; they cancel only where the outcome is open anyway. */
export async function overruleRetries(world: World, jobId: string, mayCancel: boolean, random: Random): Promise<void> {
  for (let looks = between(random, 5, 20); looks > 0; looks--) {
    await world.scheduler.sleep(random.next() * pick(random, [200, 1_000, 5_000]));
    const job = world.judge.jobs.get(jobId)?.job;
    const retries = job ? scheduledRetries(job) : [];
    if (job && retries.length > 0) await overrule(world, job, pick(random, retries).node, mayCancel, random);
  }
}

async function overrule(world: World, job: Job, node: number, mayCancel: boolean, random: Random): Promise<void> {
  const run = nodeAt(job, node);
  if (run.state !== 'retrying') return;
  const { attempt } = run;
  const nodeId = nodeIdAt(job, node);
  const isCancel = mayCancel && happens(random, 0.7);
  const request: KeyedRequest = {
    jobId: job.id,
    what: `${isCancel ? 'cancel the retry' : 'retry now'} of ${nodeId}`,
    key: `${nodeId} after ${attempt}: ${isCancel ? 'no' : 'now'}`,
    ask: (engine, asked) =>
      isCancel ? engine.cancelRetry(job.id, nodeId, attempt, asked) : engine.retryNow(job.id, nodeId, attempt, asked),
  };
  const others: KeyedRequest = { ...request, key: `${request.key}, says another one` };
  const [own, other] = await Promise.all([
    askUnderKey(world, request, random),
    happens(random, 0.3) ? askUnderKey(world, others, random) : [],
  ]);
  const answers = [...own, ...other];
  const done = answers.filter(({ kind }) => kind === 'done').length;
  if (done > 1) world.judge.blame(`the retry of attempt ${attempt} of ${nodeId} was decided on ${done} times`);
  for (const answer of answers)
    if (answer.kind === 'unknownJob' || (answer.kind === 'refused' && !refusals.has(answer.because)))
      world.judge.blame(`a decision on the retry of ${nodeId} was answered ${answer.kind}`);
  const now = nodeAt(world.judge.jobs.get(job.id)!.job, node);
  // It may have been asked to wait again: by its target's guards, or by whoever recovers the job.
  const isPutOff = world.judge.jobs
    .get(job.id)!
    .lines.some(({ event, node: id }) => id === nodeId && (event === 'postponed' || event.startsWith('recovery')));
  if (done > 0 && !isPutOff && now.state === 'retrying' && now.attempt === attempt)
    world.judge.blame(`the retry of attempt ${attempt} of ${nodeId} was decided on and is still to come`);
  // A redrive may have come between, or a recovery of its map.
  const { lines } = world.judge.jobs.get(job.id)!;
  const isReset = lines.some(({ event, node: id }) => event === 'reset' && id === nodeId);
  const isSame = !isReset && 'attempt' in now && now.attempt === attempt;
  if (done > 0 && isCancel && isSame && now.state !== 'failed')
    world.judge.blame(`the retry of ${nodeId} was cancelled, and it is ${now.state}`);
  if (happens(random, 0.3)) await askAgain(world, request);
}

/** Somebody was quicker: the time of the retry, the end of the job, another operator. */
const refusals: ReadonlySet<string> = new Set(['jobIsFinal', 'nodeIsNotRetrying', 'staleAttempt']);
