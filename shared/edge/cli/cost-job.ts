import type { JobBill, Range, WriteKind } from '../../jobs/report/index.ts';
import { askEngine, jobPath } from './api-client.ts';
import { exitCodes } from './exit-codes.ts';
import { type Paint, paintOf } from './paint.ts';
import { tellProblem } from './steer-jobs.ts';
import type { Settings, World } from './world.ts';

/** What a job costs on Google Cloud, or would cost there: the engine may keep it in any store. */
export async function tellCost(
  world: World,
  { url }: Settings,
  jobId: string,
  { region, json }: { readonly region?: string; readonly json?: boolean },
): Promise<number> {
  const { out } = world.terminal;
  const query = region === undefined ? '' : `?${new URLSearchParams({ region })}`;
  const said = await askEngine(world, url, { path: `${jobPath(jobId, 'cost')}${query}` });
  if (said.kind === 'problem') return tellProblem(world, said);
  if (json) out.write(`${JSON.stringify(said.body)}\n`);
  else for (const line of billLines(said.body as unknown as JobBill, paintOf(out))) out.write(`${line}\n`);
  return exitCodes.done;
}

function billLines(bill: JobBill, paint: Paint): string[] {
  const { cost, region, pricesAsOf } = bill;
  const { least, likely, most } = cost;
  const million = ((likely.totalUsd / bill.nodes) * 1_000_000).toFixed(2);
  return [
    `${paint.bold(`${usdText(likely.totalUsd)} USD`)}  ${paint.dim(`${bill.jobId}, ${bill.state}`)}`,
    `between ${usdText(least.totalUsd)} and ${usdText(most.totalUsd)} USD; a million nodes like its ${bill.nodes} cost ${million} USD`,
    paint.dim(
      `list prices of ${pricesAsOf}, Firestore in ${region}, without free quotas and the time of handlers and targets`,
    ),
    `firestore  ${usdText(likely.firestoreUsd)} USD`,
    ...writesLines(bill),
    useLine(bill.reads, 'read'),
    useLine(bill.deletes, 'delete', 'when its retention is over'),
    `pub/sub    ${usdText(likely.pubSubUsd)} USD`,
    useLine(bill.messages, 'message'),
    `cloud run  ${usdText(likely.cloudRunUsd)} USD`,
    useLine(bill.requests, 'request'),
    useLine(bill.instanceSeconds, 'second', 'in which an instance has a request'),
  ];
}

function writesLines({ writes }: JobBill): string[] {
  const used = Object.entries(writes).filter(([, { most }]) => most > 0);
  return used.map(([kind, range]) => useLine(range, 'write', writeKinds[kind as WriteKind]));
}

const writeKinds = {
  job: "the job's document, one a commit",
  key: 'its idempotency key',
  texts: 'large specs and results',
  pages: 'pages of 200 nodes',
  audit: 'audit that left the document',
  parcels: 'parcels of wide work',
  counts: 'what retries tell of their targets',
} as const satisfies Record<WriteKind, string>;

/** An estimate says so, with its bounds. */
function useLine({ least, likely, most }: Range, unit: string, what = ''): string {
  const bounds = least === most ? '' : `an estimate: ${countText(least)} to ${countText(most)}`;
  const remarks = [what, bounds].filter((each) => each !== '').join(', ');
  const units = likely === 1 ? unit : `${unit}s`;
  return `${countText(likely).padStart(9)} ${units.padEnd(9)} ${remarks}`.trimEnd();
}

/** Whole, or with two digits that tell. */
function countText(count: number): string {
  return Number.isInteger(count) ? String(count) : String(Number(count.toPrecision(2)));
}

function usdText(usd: number): string {
  return usd === 0 ? '0' : usd.toFixed(Math.min(12, Math.max(2, 1 - Math.floor(Math.log10(usd)))));
}
