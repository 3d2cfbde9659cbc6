import { join } from 'node:path';
import { CodedError, messageOf } from '../../core/error.ts';
import type { JsonObject } from '../../core/json.ts';
import { exitCodes } from '../../edge/cli/exit-codes.ts';
import { paintOf } from '../../edge/cli/paint.ts';
import { showProgress } from '../../edge/cli/show-progress.ts';
import { runReportOf, summaryOf } from '../../edge/cli/summary.ts';
import type { Stop, Stream } from '../../edge/cli/world.ts';
import { indexOfNode, isFinal, type Job, type JobSpec, jobResult, nodeAt } from '../../jobs/index.ts';
import { parseAllowRules } from '../../policy/egress/index.ts';
import { type Local, openLocal } from '../local.ts';
import { readVersion } from '../machine-facts.ts';
import type { Show } from './demo.ts';
import {
  approval,
  readSettlement,
  settledText,
  thinkingMs,
  titleOf,
  warehouseTopic,
  whenStopped,
} from './settlement.ts';
import { countArticles, settlementHandlers } from './settlement-handlers.ts';
import type { ShopServer } from './shop-server.ts';

/** The demo on the engine that needs nothing but Node. */
export const showEmbedded: Show = async ({ terminal: { out }, stop, dir, shop }) => {
  const local = await openLocal({
    store: { kind: 'sqlite', path: join(dir, 'breakwater.db') },
    allowHosts: rulesFor(shop.host),
    concurrency: 1_024,
    leaseMs: 30_000,
    handlers: new Map(Object.entries(settlementHandlers(join(dir, 'work')))),
    version: readVersion(),
    report: (error, context) => out.write(`${context}: ${messageOf(error)}\n`),
  });
  try {
    const { spec } = await readSettlement(shop, local.clock.now());
    welcome(out, spec, local);
    return await settle(out, local, spec, shop, stop);
  } finally {
    await local.engine.stop(stop.graceMs(1_000));
    await local.close();
  }
};

function rulesFor(host: string) {
  const parsed = parseAllowRules([host]);
  if (parsed.kind === 'refused')
    throw new CodedError('demo_broken', parsed.faults.map(({ message }) => message).join());
  return parsed.rules;
}

function welcome(out: Stream, spec: JobSpec, { store }: Local): void {
  const paint = paintOf(out);
  out.write(titleOf(spec, paint));
  out.write(`${paint.dim(`the job:   shared/wiring/demo/settlement.yaml\nthe store: ${store}`)}\n\n`);
}

async function settle(out: Stream, local: Local, spec: JobSpec, shop: ShopServer, stop: Stop): Promise<number> {
  const { engine, clock } = local;
  serveWarehouse(local);
  await engine.start();
  const submitted = await engine.submit(spec);
  if (submitted.kind !== 'created') throw new CodedError('demo_broken', `the job was not taken: ${submitted.kind}`);
  const { jobId } = submitted;
  const over = new AbortController();
  const shown = showProgress(out, clock, () => engine.get(jobId), over.signal);
  const approving = approveWhenAsked(local, jobId, over.signal);
  const job = await Promise.race([engine.whenEnded(jobId), whenStopped(stop)]);
  over.abort();
  await Promise.all([shown, approving]);
  if (!job) return stop.exitCode;
  tellEnd(out, local, job, shop);
  return job.header.state === 'completed' ? exitCodes.done : exitCodes.failed;
}

/** The consumer of a topic: does its work, then reports the node's result. */
function serveWarehouse({ topics, engine }: Local): void {
  topics.subscribe(warehouseTopic, async ({ message }) => {
    const { jobId, nodeId, attempt, input } = message as {
      jobId: string;
      nodeId: string;
      attempt: number;
      input: { files: string[] };
    };
    await engine.complete(jobId, nodeId, attempt, { ...(await countArticles(input.files)) });
  });
}

/** Plays the person who has been asked. */
async function approveWhenAsked({ engine, clock }: Local, jobId: string, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const job = await engine.get(jobId);
    if (!job || isFinal(job.header.state)) return;
    const run = nodeAt(job, indexOfNode(job, approval.name)!);
    if (run.state === 'waiting') {
      await clock.sleep(thinkingMs, over);
      if (!over.aborted) await engine.signal(jobId, { ...approval, by: 'demo' });
      return;
    }
    await clock.sleep(50, over);
  }
}

function tellEnd(out: Stream, { engine }: Local, job: Job, shop: ShopServer): void {
  const paint = paintOf(out);
  out.write('\n');
  for (const line of summaryOf(job, runReportOf(job, engine.health().store), paint)) out.write(`${line}\n`);
  if (job.header.state === 'completed') out.write(`${settledText(jobResult(job) as JsonObject, shop, paint)}\n`);
}
