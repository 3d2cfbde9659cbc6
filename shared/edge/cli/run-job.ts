import { CodedError } from '../../core/error.ts';
import type { Json } from '../../core/json.ts';
import type { Engine } from '../../engine/engine.ts';
import { parseJob } from '../../engine/parse-job.ts';
import { mayPass } from '../../engine/try-again.ts';
import {
  fingerprintOf,
  isFinal,
  type Job,
  type JobSpec,
  jobStates,
  type NodeSpec,
  OrchestrationError,
} from '../../jobs/index.ts';
import { errorOf } from '../api/answer-error.ts';
import { exitCodes } from './exit-codes.ts';
import { paintOf } from './paint.ts';
import { documentOf, faultLines, type JobFileOptions, type ReadJobFile, readJobFile } from './read-job-file.ts';
import { showProgress } from './show-progress.ts';
import { runReportOf, summaryOf } from './summary.ts';
import type { OpenEngine, Settings, Stop, World } from './world.ts';

export interface RunOptions extends JobFileOptions {
  readonly json?: boolean;
  /** Starts anew although an unfinished run of the same file is there. */
  readonly new?: boolean;
  readonly signals: readonly { readonly name: string; readonly data: Json }[];
}

/** Runs one job to its end in this process. A run that was cut off goes on where it was. */
export async function runJob(world: World, settings: Settings, path: string, options: RunOptions): Promise<number> {
  const read = await readJobFile(world, path, { ...options, repeated: true });
  if (read.kind === 'faults') return tellFaults(world, faultLines(path, read.faults));
  const stop = world.catchStop();
  const open = await settings.openRunEngine(read.asked?.fingerprint ?? fingerprintOf(read.spec));
  let isOver = false;
  try {
    const begun = await beginRun(world, open, read, options);
    if (begun.kind === 'refused') {
      isOver = true;
      return tellFaults(world, faultLines(path, await read.locate(begun.faults)));
    }
    const followed = await followRun(world, open.engine, begun.jobId, stop);
    if (!isFinal(followed.header.state)) tellStopping(world, open, stop, settings.graceMs);
    await open.engine.stop(isFinal(followed.header.state) ? othersGraceMs : stop.graceMs(settings.graceMs));
    // What ended while the engine stopped belongs in the report.
    const job = await newestOf(open.engine, followed);
    isOver = isFinal(job.header.state);
    return tellEnd(world, open, job, stop, options);
  } finally {
    await open.engine.stop(0);
    await open.close(isOver);
  }
}

/** How long other jobs of the store may hold up a run that is over. */
const othersGraceMs = 1_000;

type JobFile = Extract<ReadJobFile, { kind: 'job' }>;

type Begun =
  | { readonly kind: 'begun'; readonly jobId: string }
  | { readonly kind: 'refused'; readonly faults: readonly { path: string; message: string }[] };

async function beginRun(world: World, open: OpenEngine, read: JobFile, options: RunOptions): Promise<Begun> {
  const { engine, store } = open;
  const earlier = options.new ? undefined : await unfinishedRun(engine, read);
  // Known to the engine when it starts, what is left of it is found by the first sweep.
  if (earlier !== undefined) await engine.get(earlier);
  await engine.start();
  if (earlier !== undefined) {
    world.terminal.err.write(
      `going on with job ${earlier}, an unfinished run of this file in ${store} (--new starts another)\n`,
    );
    await sendSignals(engine, earlier, world.operator, options);
    return { kind: 'begun', jobId: earlier };
  }
  const whole = await withPolicies(world, open, read);
  if (whole.kind === 'refused') return whole;
  const { spec } = whole;
  const submitted = await engine.submit(spec);
  if (submitted.kind === 'refused') return submitted;
  world.terminal.err.write(`running ${spec.name}, job ${submitted.jobId}, store ${store}\n`);
  tellUnanswered(world, spec, options);
  await sendSignals(engine, submitted.jobId, world.operator, options);
  return { kind: 'begun', jobId: submitted.jobId };
}

/** A file that names retry policies means those of this run's store, as they are now. */
async function withPolicies(
  { clock, terminal }: World,
  { policies, store }: OpenEngine,
  read: JobFile,
): Promise<{ readonly kind: 'whole'; readonly spec: JobSpec } | Extract<Begun, { kind: 'refused' }>> {
  if (!read.asked) return { kind: 'whole', spec: read.spec };
  const parsed = await parseJob(policies, documentOf(read), clock.now(), true);
  const faults = parsed.kind === 'faults' ? parsed.faults : (parsed.asked?.unknown ?? []);
  if (parsed.kind === 'spec' && faults.length === 0) return { kind: 'whole', spec: parsed.spec };
  const elsewhere = 'run it with --store on the store that has it, or `breakwater submit` it to an engine';
  terminal.err.write(`a retry policy with a name is looked for in ${store}: write it out in the file, ${elsewhere}\n`);
  return { kind: 'refused', faults };
}

const unfinishedStates = jobStates.filter((state) => !isFinal(state));

async function unfinishedRun(engine: Engine, { spec, asked }: JobFile): Promise<string | undefined> {
  const fingerprint = fingerprintOf(spec);
  for (let pageToken: string | undefined; ; ) {
    const query = { states: unfinishedStates, name: spec.name, size: 200 };
    const page = await engine.list(pageToken === undefined ? query : { ...query, pageToken });
    for (const { jobId, parentJobId, ...job } of page.jobs) {
      if (parentJobId !== undefined) continue;
      const isSame = asked ? asked.isAskedBy((await engine.get(jobId))!.spec) : job.fingerprint === fingerprint;
      if (isSame) return jobId;
    }
    if (page.nextPageToken === undefined) return undefined;
    pageToken = page.nextPageToken;
  }
}

/** Each has an id of its own, so that a run that goes on does not take the same signal twice. */
async function sendSignals(engine: Engine, jobId: string, by: string, { signals }: RunOptions): Promise<void> {
  for (const [place, { name, data }] of signals.entries()) {
    const answer = await engine.signal(jobId, { id: `run/${place}/${name}`, name, data, by });
    if (answer.kind !== 'refused' && answer.kind !== 'unknownJob') continue;
    const cause = errorOf(answer, { jobId });
    throw new CodedError('signal_refused', `The signal \`${name}\` was refused: ${cause.message}.`, { cause });
  }
}

function tellUnanswered({ terminal }: World, { nodes }: JobSpec, { signals }: RunOptions): void {
  const answered = new Set(signals.map(({ name }) => name));
  for (const node of nodes.filter((each): each is NodeSpec & { type: 'signal' } => each.type === 'signal')) {
    const name = node.signal ?? node.id;
    if (answered.has(name)) continue;
    const how = `stop with Ctrl-C and run it again with --signal ${name}=JSON`;
    terminal.err.write(`node ${node.id} will wait for the signal \`${name}\`; to send it, ${how}\n`);
  }
}

/** Resolves with the final job, or with the job as it is when the run is to stop or the store has been away for too long. */
async function followRun(world: World, engine: Engine, jobId: string, stop: Stop): Promise<Job> {
  const over = new AbortController();
  let seen: Job | undefined;
  const look = async () => {
    // The display costs the store nothing, and shows what it knows while that is away.
    if (!seen || !engine.health().storeFailure) seen = (await engine.glance(jobId)) ?? seen;
    return seen;
  };
  const shown = showProgress(world.terminal.err, world.clock, look, over.signal);
  const stopped = new Promise<undefined>((resolve) => {
    if (stop.signal.aborted) resolve(undefined);
    stop.signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  try {
    const stuck = storeIsStuck(world, engine, over.signal);
    const ended = await Promise.race([whenEnded(world, engine, jobId, over.signal), stopped, stuck]);
    const job = ended ?? (seen ? await newestOf(engine, seen) : await engine.get(jobId));
    if (!job) throw new OrchestrationError('job_not_found', `The store has lost job ${jobId}.`, { jobId });
    return job;
  } finally {
    over.abort();
    await shown;
  }
}

/** Whether a store that is away has been so for too long is decided by who looks at the clock, not by who waits. */
async function whenEnded({ clock }: World, engine: Engine, jobId: string, over: AbortSignal): Promise<Job> {
  for (;;) {
    try {
      return await engine.whenEnded(jobId);
    } catch (error) {
      if (over.aborted || !mayPass(error)) throw error;
      await clock.sleep(500, over);
    }
  }
}

/** As it was last seen, where the store is away or there can be nothing newer. */
async function newestOf(engine: Engine, seen: Job): Promise<Job> {
  if (isFinal(seen.header.state) || engine.health().storeFailure) return seen;
  return (await engine.get(seen.id).catch(() => undefined)) ?? seen;
}

/** How long a run waits for a store that is away or can't be written: a full disk may be given room, but nobody may be looking. */
const storePatienceMs = 20_000;

/** A small write may still find room now and then; the store is well again when nothing has failed for a while. */
const wellAfterMs = 5_000;

async function storeIsStuck({ clock, terminal }: World, engine: Engine, over: AbortSignal): Promise<undefined> {
  let since: number | undefined;
  let lastSeen = 0;
  for (; !over.aborted; await clock.sleep(500, over)) {
    const failure = engine.health().storeFailure;
    const now = clock.now();
    if (failure && since === undefined) {
      since = failure.since;
      terminal.err.write(`${failure.message} It is tried again for ${storePatienceMs / 1_000} s.\n`);
    }
    if (failure) lastSeen = now;
    else if (now - lastSeen > wellAfterMs) since = undefined;
    if (failure && since !== undefined && now - since >= storePatienceMs) return undefined;
  }
  return undefined;
}

function tellStopping({ terminal }: World, { engine }: OpenEngine, stop: Stop, graceMs: number): void {
  const { storeFailure } = engine.health();
  if (!stop.signal.aborted && storeFailure) return terminal.err.write(`giving up: ${storeFailure.message}\n`);
  const ending = stop.graceMs(graceMs) > 0 ? ': attempts under way may end; a second signal ends at once' : '';
  terminal.err.write(`stopping${ending}\n`);
}

function tellEnd(
  { terminal }: World,
  { engine, store }: OpenEngine,
  job: Job,
  stop: Stop,
  options: RunOptions,
): number {
  const report = runReportOf(job, engine.health().store);
  const isOver = isFinal(job.header.state);
  const summary = options.json ? terminal.err : terminal.out;
  if (!isOver) {
    const stays = `job ${job.id} stays in ${store}; the same command goes on with it`;
    terminal.err.write(`${store === 'memory' ? 'the job was kept in memory only and is lost' : stays}\n`);
  }
  if (isOver || options.json) for (const line of summaryOf(job, report, paintOf(summary))) summary.write(`${line}\n`);
  if (options.json) terminal.out.write(`${JSON.stringify(report)}\n`);
  if (!isOver) return stop.signal.aborted ? stop.exitCode : exitCodes.failed;
  return job.header.state === 'completed' ? exitCodes.done : exitCodes.failed;
}

function tellFaults({ terminal }: World, lines: readonly string[]): number {
  for (const line of lines) terminal.err.write(`${line}\n`);
  return exitCodes.usage;
}
