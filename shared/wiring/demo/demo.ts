import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createMachineClock } from '../../adapters/machine/clock.ts';
import { createMachineTerminal } from '../../adapters/machine/terminal.ts';
import { CodedError, messageOf } from '../../core/error.ts';
import type { JsonObject } from '../../core/json.ts';
import { exitCodes } from '../../edge/cli/exit-codes.ts';
import { type Paint, paintOf } from '../../edge/cli/paint.ts';
import { showProgress } from '../../edge/cli/show-progress.ts';
import { runReportOf, summaryOf } from '../../edge/cli/summary.ts';
import type { Stop, Stream } from '../../edge/cli/world.ts';
import { parseJobSpec } from '../../jobs/document/index.ts';
import { indexOfNode, isFinal, type Job, type JobSpec, jobResult, nodeAt } from '../../jobs/index.ts';
import { parseAllowRules } from '../../policy/egress/index.ts';
import { stopCatcher } from '../catch-stop.ts';
import { readTerminalWishes } from '../config.ts';
import { type Local, openLocal } from '../local.ts';
import { readVersion } from '../machine-facts.ts';
import { countArticles, settlementHandlers } from './settlement-handlers.ts';
import { openShop, type ShopServer } from './shop-server.ts';

/** `npm run demo`: a night in a shop, from first order to last payout, on the engine as a user gets it. */
export async function main(): Promise<never> {
  const clock = createMachineClock();
  const terminal = createMachineTerminal(readTerminalWishes());
  const stop = stopCatcher(clock, () => terminal.restore())();
  const dir = await mkdtemp(join(tmpdir(), 'breakwater-demo-'));
  let code: number = exitCodes.failed;
  try {
    code = await runDemo(terminal.out, dir, stop);
  } catch (thrown) {
    terminal.err.write(`breakwater: the demo broke: ${messageOf(thrown)}\n`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  await terminal.flush();
  process.exit(code);
}

async function runDemo(out: Stream, dir: string, stop: Stop): Promise<number> {
  const seed = 20_260_131;
  const shop = await openShop(createMachineClock(), seed);
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
    const spec = await readSettlement(shop, local.clock.now());
    welcome(out, spec, local);
    return await settle(out, local, spec, shop, stop);
  } finally {
    await local.engine.stop(stop.graceMs(1_000));
    await local.close();
    await shop.close();
  }
}

function rulesFor(host: string) {
  const parsed = parseAllowRules([host]);
  if (parsed.kind === 'refused')
    throw new CodedError('demo_broken', parsed.faults.map(({ message }) => message).join());
  return parsed.rules;
}

async function readSettlement({ url }: ShopServer, now: number): Promise<JobSpec> {
  const document = parse(await readFile(join(import.meta.dirname, 'settlement.yaml'), 'utf8')) as JsonObject;
  const input = { day: '2026-01-31', shop: url, bank: url };
  const parsed = parseJobSpec({ ...document, input }, now);
  if (parsed.kind === 'spec') return parsed.spec;
  throw new CodedError('demo_broken', parsed.faults.map(({ path, message }) => `${path} ${message}`).join('; '));
}

function welcome(out: Stream, spec: JobSpec, { store }: Local): void {
  const paint = paintOf(out);
  const edges = spec.nodes.reduce((sum, { dependsOn = [] }) => sum + dependsOn.length, 0);
  out.write(
    `${paint.bold('Breakwater')} settles a shop's day: ${spec.nodes.length} nodes, ${edges} edges, every step durable before the next.\n`,
  );
  out.write(`${paint.dim(`the job: shared/wiring/demo/settlement.yaml   the store: ${store}`)}\n\n`);
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
  topics.subscribe('settled-orders', async ({ message }) => {
    const { jobId, nodeId, attempt, input } = message as {
      jobId: string;
      nodeId: string;
      attempt: number;
      input: { files: string[] };
    };
    await engine.complete(jobId, nodeId, attempt, { ...(await countArticles(input.files)) });
  });
}

const thinkingMs = 1_000;

/** Plays the person who has been asked. */
async function approveWhenAsked({ engine, clock }: Local, jobId: string, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const job = await engine.get(jobId);
    if (!job || isFinal(job.header.state)) return;
    const run = nodeAt(job, indexOfNode(job, 'approval')!);
    if (run.state === 'waiting') {
      await clock.sleep(thinkingMs, over);
      await engine.signal(jobId, { id: 'approval-1', name: 'approval', data: { by: 'demo' }, by: 'demo' });
      return;
    }
    await clock.sleep(50, over);
  }
}

function whenStopped({ signal }: Stop): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

function tellEnd(out: Stream, { engine }: Local, job: Job, shop: ShopServer): void {
  const paint = paintOf(out);
  out.write('\n');
  for (const line of summaryOf(job, runReportOf(job, engine.health().store), paint)) out.write(`${line}\n`);
  if (job.header.state === 'completed') out.write(`${settledText(jobResult(job) as JsonObject, shop, paint)}\n`);
}

function settledText(result: JsonObject, shop: ShopServer, paint: Paint): string {
  const euros = (Number(result['cents']) / 100).toLocaleString('en', {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  });
  const what = `${String(result['orders'])} orders became ${shop.payouts()} payouts of € ${euros} together`;
  return `  ${'settled'.padEnd(10)} ${what}, not one of them twice; ${paint.dim(`${String(result['files'])} files archived`)}`;
}
