import type { JobBill, Range } from '../../jobs/report/index.ts';
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
  const { cost, writes, region, pricesAsOf } = bill;
  const { likely } = cost;
  const byKind = Object.entries(writes).filter(([, { most }]) => most > 0);
  return [
    `${paint.bold(`${usdText(likely.totalUsd)} USD`)}  ${paint.dim(`${bill.jobId}, ${bill.state}`)}`,
    `  would cost in ${region} at list prices of ${pricesAsOf}, without free quotas and the handlers' own time`,
    `  bounds     ${usdText(cost.least.totalUsd)} to ${usdText(cost.most.totalUsd)} USD`,
    `  a million  ${((likely.totalUsd / bill.nodes) * 1_000_000).toFixed(2)} USD for a million nodes like its ${bill.nodes}`,
    `  firestore  ${usdText(likely.firestoreUsd)} USD`,
    ...byKind.map(([kind, range]) => `    ${rangeText(range)} writes: ${kinds[kind as keyof typeof kinds]}`),
    `    ${rangeText(bill.reads)} reads, ${rangeText(bill.deletes)} deletes when its retention is over`,
    `  pub/sub    ${usdText(likely.pubSubUsd)} USD: ${rangeText(bill.messages)} messages`,
    `  cloud run  ${usdText(likely.cloudRunUsd)} USD: ${rangeText(bill.requests)} requests, about ${bill.cpuSeconds.toFixed(3)} s of CPU`,
  ];
}

const kinds = {
  job: "the job's document, one a commit",
  key: 'its idempotency key',
  texts: 'large specs and results',
  pages: 'pages of 200 nodes',
  audit: 'audit that left the document',
  parcels: 'parcels of wide work',
} as const satisfies Record<keyof JobBill['writes'], string>;

/** An estimate says so, with its bounds. */
function rangeText({ least, likely, most }: Range): string {
  return least === most ? String(likely) : `about ${likely} (${least} to ${most})`;
}

function usdText(usd: number): string {
  return usd === 0 ? '0' : usd.toFixed(Math.min(12, Math.max(2, 2 - Math.floor(Math.log10(usd)))));
}
