import { FlowProducer, type Job, Queue, QueueEvents, Worker } from 'bullmq';
import type { Way } from './ways.ts';

export interface Peer {
  /** Resolves when the last step's outcome is durable. */
  runChain(steps: number): Promise<void>;
  /** `width` jobs and one that joins them. */
  runFan(width: number): Promise<void>;
}

const name = 'bench';

/** `concurrency` jobs at once. */
export async function openPeer(way: Way, port: number, concurrency: number): Promise<Peer> {
  const connection = { host: '127.0.0.1', port };
  const queue = new Queue(name, { connection });
  const flows = new FlowProducer({ connection });
  await Promise.all([queue.waitUntilReady(), flows.waitUntilReady()]);
  const hear = await startWorkers(
    way === 'flow' ? runStep : runSteps,
    connection,
    concurrency,
    workersFor(way, concurrency),
  );
  const untilEnd = way === 'saved' ? await waitThroughEvents(queue, connection) : hear;

  return {
    runChain: (steps) =>
      untilEnd((jobId) =>
        way === 'flow'
          ? flows.add(flowOf(jobId, steps)).then(({ job }) => job)
          : queue.add('chain', { step: 0, steps }, { jobId }),
      ),
    runFan: (width) =>
      untilEnd((jobId) => flows.add({ ...stepOf(jobId), children: partsOf(jobId, width) }).then(({ job }) => job)),
  };
}

const workersFor = (way: Way, concurrency: number) => (way === 'saved' ? 1 : Math.min(4, concurrency));

interface Connection {
  readonly host: string;
  readonly port: number;
}

/** Adds a job under the id that is given, and resolves when that job has ended. */
type UntilEnd = (add: (jobId: string) => Promise<Job>) => Promise<void>;

async function startWorkers(
  run: (job: Job) => Promise<null>,
  connection: Connection,
  concurrency: number,
  workers: number,
): Promise<UntilEnd> {
  const ends = new Map<string, () => void>();
  for (let started = 0; started < workers; started++) {
    const worker = new Worker(name, run, { connection, concurrency: Math.ceil(concurrency / workers) });
    worker.on('error', giveUp).on('completed', ({ id }) => {
      ends.get(id!)?.();
      ends.delete(id!);
    });
    await worker.waitUntilReady();
  }
  const nextId = countIds();
  return async (add) => {
    const jobId = nextId();
    const ended = new Promise<void>((resolve) => ends.set(jobId, resolve));
    await add(jobId);
    await ended;
  };
}

async function waitThroughEvents(queue: Queue, connection: Connection): Promise<UntilEnd> {
  const events = new QueueEvents(name, { connection });
  await events.waitUntilReady();
  // Each waiting client listens to both.
  events.setMaxListeners(0);
  queue.setMaxListeners(0);
  const nextId = countIds();
  return async (add) => {
    const job = await add(nextId());
    await job.waitUntilFinished(events);
  };
}

function countIds(): () => string {
  let count = 0;
  return () => `job-${++count}`;
}

async function runSteps(job: Job<{ step: number; steps: number }>): Promise<null> {
  const { steps } = job.data;
  for (let { step } = job.data; step < steps; ) {
    await runStep();
    step++;
    if (step < steps) await job.updateData({ step, steps });
  }
  return null;
}

async function runStep(): Promise<null> {
  return null;
}

interface FlowStep {
  readonly name: string;
  readonly queueName: string;
  readonly data: object;
  readonly opts: { readonly jobId: string };
  children?: FlowStep[];
}

/** The last step is the outermost parent and has the job's id. */
function flowOf(jobId: string, steps: number): FlowStep {
  let flow = stepOf(steps === 1 ? jobId : `${jobId}-1`);
  for (let step = 2; step <= steps; step++)
    flow = { ...stepOf(step === steps ? jobId : `${jobId}-${step}`), children: [flow] };
  return flow;
}

function partsOf(jobId: string, width: number): FlowStep[] {
  return Array.from({ length: width }, (_, place) => stepOf(`${jobId}-${place + 1}`));
}

const stepOf = (jobId: string): FlowStep => ({ name: 'step', queueName: name, data: {}, opts: { jobId } });

function giveUp(error: Error): void {
  throw error;
}
