import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { machineRandom } from '../../adapters/machine/random.ts';
import { formatDuration } from '../../core/duration.ts';
import { newId } from '../../core/id.ts';
import { exitCodes } from '../../edge/cli/exit-codes.ts';
import { paintOf } from '../../edge/cli/paint.ts';
import { showProgress } from '../../edge/cli/show-progress.ts';
import { runReportOf, summaryOf } from '../../edge/cli/summary.ts';
import { indexOfNode, isFinal, type Job, nodeAt, nodeCount } from '../../jobs/index.ts';
import { readEmulatorWishes } from '../config.ts';
import { openEmulators } from '../emulators/open-emulators.ts';
import { type Fleet, openFleet } from '../fleet/fleet.ts';
import type { Show, Stage } from './demo.ts';
import { billOf, storeUsageOf } from './fleet-bill.ts';
import { type JobClient, submitOver } from './job-client.ts';
import { approval, readSettlement, settledText, thinkingMs, titleOf } from './settlement.ts';
import { openWarehouse, type Warehouse } from './warehouse.ts';

/** The demo on Google's emulators: every door a process of its own, state in Firestore, messages by Pub/Sub's push. */
export const showCloud: Show = async (stage) => {
  const { clock, terminal, stop, env } = stage;
  tell(stage, 'emulators of Firestore and Pub/Sub: used where they run, started where they do not …');
  const opened = await openEmulators(clock, ['firestore', 'pubsub'], readEmulatorWishes(env));
  if (opened.kind === 'missing') {
    terminal.err.write(`${opened.faults.map((fault) => `breakwater: ${fault}`).join('\n')}\n`);
    return exitCodes.failed;
  }
  try {
    const { firestore = '', pubsub = '' } = opened.hosts;
    const took = formatDuration(Math.round(opened.startedMs));
    tell(stage, `they answer after ${took}: Firestore at ${firestore}, Pub/Sub at ${pubsub}`);
    return stop.signal.aborted ? stop.exitCode : await onFleet(stage, { firestore, pubsub });
  } finally {
    await opened.close();
  }
};

interface Hosts {
  readonly firestore: string;
  readonly pubsub: string;
}

type Place = Hosts & { readonly project: string };

async function onFleet(stage: Stage, hosts: Hosts): Promise<number> {
  const { clock, terminal, stop, shop, dir, env } = stage;
  const project = `demo-${newId(clock.now(), machineRandom)}`;
  const handlers = await writeHandlers(dir);
  const begun = clock.now();
  const report = (sentence: string) => terminal.out.write(`${sentence}\n`);
  const doorsEnv = { ...env, BREAKWATER_HANDLERS: handlers, BREAKWATER_ALLOW_HOSTS: shop.host };
  const fleet = await openFleet({ clock, hosts, project, report, env: doorsEnv });
  try {
    const took = formatDuration(Math.round(clock.now() - begun));
    tell(stage, `${fleet.instances().length} doors serve after ${took}, each a process; Pub/Sub pushes to them`);
    return stop.signal.aborted ? stop.exitCode : await withWarehouse(stage, fleet, { project, ...hosts });
  } finally {
    await fleet.close();
  }
}

async function withWarehouse(stage: Stage, fleet: Fleet, place: Place): Promise<number> {
  const warehouse = await openWarehouse(place.project, place.pubsub, fleet.url);
  try {
    return await settle(stage, fleet, warehouse, place);
  } finally {
    await warehouse.close();
  }
}

/** The module that the doors load, as a user would write one. */
async function writeHandlers(dir: string): Promise<string> {
  const file = join(dir, 'handlers.mjs');
  const from = pathToFileURL(join(import.meta.dirname, 'settlement-handlers.ts')).href;
  const work = JSON.stringify(join(dir, 'work'));
  await writeFile(file, `import { settlementHandlers } from '${from}';\nexport default settlementHandlers(${work});\n`);
  return file;
}

async function settle(stage: Stage, fleet: Fleet, warehouse: Warehouse, place: Place): Promise<number> {
  const { clock, terminal, stop, shop } = stage;
  const paint = paintOf(terminal.out);
  const { document, spec } = await readSettlement(shop, clock.now());
  const client = await submitOver(fleet.url, document, spec);
  terminal.out.write(`\n${titleOf(spec, paint)}`);
  tell(stage, 'the job: shared/wiring/demo/settlement.yaml');
  tell(stage, `ask the API:  curl ${client.href}`);
  const documents = `v1/projects/${place.project}/databases/(default)/documents`;
  tell(stage, `its state:    curl 'http://${place.firestore}/${documents}/breakwater-jobs/${client.jobId}'\n`);
  const look = sharedLooks(stage, client);
  const approving = approveWhenAsked(stage, look, client);
  await showProgress(terminal.out, clock, look, stop.signal);
  await approving;
  const job = await client.look();
  if (!job || !isFinal(job.header.state)) return stop.exitCode;
  await tellEnd(stage, fleet, warehouse, client, job);
  return job.header.state === 'completed' ? exitCodes.done : exitCodes.failed;
}

/** Every look is two requests and two reads of the store, so those who ask soon after one another share one. */
const lookEveryMs = 250;

function sharedLooks({ clock }: Stage, { look }: JobClient): () => Promise<Job | undefined> {
  let latest = Promise.resolve<Job | undefined>(undefined);
  let lookedAt = -Infinity;
  return () => {
    if (clock.now() - lookedAt >= lookEveryMs) {
      lookedAt = clock.now();
      latest = look();
    }
    return latest;
  };
}

/** Plays the person who has been asked. */
async function approveWhenAsked(
  { clock, stop }: Stage,
  look: () => Promise<Job | undefined>,
  client: JobClient,
): Promise<void> {
  while (!stop.signal.aborted) {
    const job = await look();
    if (job && isFinal(job.header.state)) return;
    if (job && nodeAt(job, indexOfNode(job, approval.name)!).state === 'waiting') {
      await clock.sleep(thinkingMs, stop.signal);
      if (!stop.signal.aborted) await client.signal(approval.id, approval.name, approval.data);
      return;
    }
    await clock.sleep(lookEveryMs, stop.signal);
  }
}

async function tellEnd(stage: Stage, fleet: Fleet, warehouse: Warehouse, client: JobClient, job: Job): Promise<void> {
  const { out } = stage.terminal;
  const paint = paintOf(out);
  const usage = await fleet.usage();
  const figures = { nodes: nodeCount(job), warehouse: warehouse.messages() };
  const lines = ['', ...summaryOf(job, runReportOf(job, storeUsageOf(usage)), paint)];
  if (job.header.state === 'completed') lines.push(settledText(await client.result(), stage.shop, paint));
  lines.push('', ...billOf(usage, figures, paint));
  if (job.header.state !== 'completed') lines.push('', fleet.tails());
  out.write(`${lines.join('\n')}\n`);
}

function tell({ terminal: { out } }: Stage, sentence: string): void {
  out.write(`${paintOf(out).dim(sentence)}\n`);
}
