import { CodedError } from '../core/error.ts';
import { newId } from '../core/id.ts';
import { isFinal, type Job, limits, OrchestrationError } from '../jobs/index.ts';
import { createAdaptiveRetries } from './adaptive-retries.ts';
import { createBatchDesk } from './batch-desk.ts';
import { createLocalBreakers } from './breakers.ts';
import { createCarryOut } from './carry-out.ts';
import { createClaimer } from './claim-nodes.ts';
import { commandsOf } from './command-job.ts';
import { type Committer, createCommitter } from './commit-events.ts';
import type { Engine, EngineHealth, Handler, SubmitOptions } from './engine.ts';
import { createExecutor } from './execute-nodes.ts';
import { createGate } from './gate.ts';
import { noPools } from './guards/pools.ts';
import { createInvocations, type Invocations } from './invocations.ts';
import { listRetries } from './list-retries.ts';
import { createParcelWork } from './parcel-work.ts';
import { type EngineOptions, type Parts, settingsOf } from './parts.ts';
import { createPulse } from './pulse.ts';
import { recoveriesOf } from './recoveries.ts';
import { redriveJob } from './redrive-job.ts';
import { createRetryBudget } from './retry-budget.ts';
import { createBatchWork } from './run-batch.ts';
import { createRunningAttempts } from './running-attempts.ts';
import { shareExperience } from './share-experience.ts';
import { submitJob } from './submit-job.ts';
import { verifyStoredAudit } from './verify-audit.ts';
import { createVisits } from './visits.ts';
import { createWatchers, watchJob, whenEnded } from './watch-job.ts';

/** How often those who watch a job look at the store, where another engine may have changed it. */
const pollMs = 1_000;

/** A job within a job within a job, each of which publishes. */
const effectsDeep = 2 * limits.childDepth;

/** Puts the engine's flows together. Nothing happens before `start`, and an engine that is invoked is never started. */
export function createEngine(
  parts: Parts,
  options: EngineOptions = {},
): Engine & { readonly invocations: Invocations } {
  const settings = settingsOf(options, `engine-${newId(parts.clock.now(), parts.random)}`);
  const handlers = new Map<string, Handler>();
  const attempts = createRunningAttempts(settings.concurrency, settings.leaseMs);
  const lookAgain = settings.alone ? undefined : (signal: AbortSignal) => parts.clock.sleep(pollMs, signal);
  const changes = createWatchers(lookAgain);
  const ends = createWatchers(lookAgain);
  const visits = createVisits(parts.clock, settings, attempts);
  const background = new Set<Promise<void>>();

  const { clock, random, counts, report } = parts;
  const pools = parts.guards?.pools ?? noPools;
  const gate = createGate({
    clock,
    budget: createRetryBudget({ clock, random, counts, rules: settings.retryBudget, report }),
    breakers: parts.guards?.breakers ?? createLocalBreakers(settings.breakerRules, random),
    isForAll: parts.guards?.isForAll,
    pools,
    invoked: settings.invoked,
    inBackground,
  });
  const experience = shareExperience(parts.clock, parts.counts, inBackground);
  const adaptive = createAdaptiveRetries(parts, experience);
  const committer = createCommitter(parts, settings, {
    advise: adaptive.advise,
    learn: adaptive.learn,
    claim: (draft) => claimer.claimInDraft(draft),
    doubt(jobId, claims) {
      gate.takeBack(claims);
      executor.doubt(jobId, claims);
    },
    adopt: (job) => executor.adopt(job),
    after(job, claims, effects) {
      carryOut(job, claims, effects);
      executor.run(job, claims);
      changes.wake(job.id);
      if (isFinal(job.header.state)) ends.wake(job.id);
    },
  });
  const targets = { http: parts.http, topics: parts.topics, handlers };
  const parcelWork = createParcelWork({ parts, settings, attempts, committer });
  const onRoom = () => claimer.wake();
  const executor = createExecutor({
    parts,
    settings,
    targets,
    attempts,
    committer,
    parcelWork,
    adaptive,
    gate,
    pools,
    mayRun: visits.isOpen,
    onRoom,
  });
  const claimer = createClaimer({
    parts,
    settings,
    attempts,
    committer,
    handlers,
    parcelWork,
    gate,
    roomFor: visits.roomFor,
    run: executor.run,
  });
  const submit = (spec: Job['spec'], given: SubmitOptions = {}) =>
    submitJob(parts, settings, committer, handlers, spec, given);
  const carryOut = createCarryOut({ parts, attempts, claimer, committer, submit, inBackground });
  const batchNeeds = { parts, settings, jobs: committer };
  const batchWork = createBatchWork(batchNeeds);
  const work = { parts, settings, attempts, committer, gate, claimer, parcelWork, batchWork };
  const pulse = createPulse({ ...work, inBackground });
  const invocations = createInvocations({ ...work, visits, settled });

  /**
   * What is under way now, and what that leads to: a child is started, whose start publishes its nodes. Not what others begin meanwhile,
   * or a busy engine would never be done.
   */
  async function settled(): Promise<void> {
    for (let depth = 0; depth <= effectsDeep && background.size > 0; depth++) await Promise.all(background);
  }

  function inBackground(work: Promise<unknown>, context: string): void {
    const tracked = work.then(
      () => {},
      (error: unknown) => parts.report(error, context),
    );
    background.add(tracked);
    void tracked.then(() => background.delete(tracked));
  }

  return {
    invocations,
    submit,
    get: (jobId) => committer.read(jobId),
    glance: (jobId) => committer.glance(jobId),
    list: (query) => parts.store.list(query),
    listRetries: (query) => listRetries(parts.store, committer.readStored, query),
    batches: createBatchDesk(batchNeeds, batchWork, inBackground),
    readAudit: (jobId, after, limit) => parts.store.readAudit(jobId, after, limit),
    verifyAudit: (jobId, keptSeal) => verifyStoredAudit(parts.store, () => parts.clock.sleep(0), jobId, keptSeal),
    ...commandsOf(parts, committer),
    redrive: (jobId, options, asked) => redriveJob(committer, parts.clock, jobId, options, asked),
    ...recoveriesOf(parts, committer),
    watch: (jobId, after, signal) => watchJob(parts.store, () => committer.read(jobId), changes, jobId, after, signal),
    async whenEnded(jobId) {
      const job = await whenEnded(() => committer.read(jobId), ends, jobId);
      if (!job) throw new OrchestrationError('job_not_found', `there is no job \`${jobId}\``, { jobId });
      return job;
    },
    registerHandler(name, handler) {
      if (handlers.has(name)) throw new CodedError('handler_taken', `a handler \`${name}\` is registered already`);
      handlers.set(name, handler);
    },
    start: () => pulse.start(),
    async stop(graceMs) {
      batchWork.close();
      await pulse.stop(graceMs);
      // Of an engine that is invoked nobody would wait for it.
      if (!settings.invoked) experience.flush();
      while (background.size > 0) await Promise.all(background);
      await committer.whenIdle();
    },
    health: (): EngineHealth => ({
      state: pulse.state,
      owner: settings.owner,
      runningAttempts: attempts.size,
      concurrency: settings.concurrency,
      jobsInMemory: committer.jobsInMemory(),
      missingHandlers: claimer.missingHandlers(),
      store: parts.store.usage(),
      ...storeFailure(committer),
    }),
  };
}

function storeFailure(committer: Committer): Pick<EngineHealth, 'storeFailure'> {
  const failure = committer.storeFailure();
  if (!failure) return {};
  const { code, message, since } = failure;
  return { storeFailure: { code, message, since } };
}
