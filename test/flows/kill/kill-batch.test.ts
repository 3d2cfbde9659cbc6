import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { aBench, type Bench, firstLine, killAfter, textOf } from './killed.ts';

const jobs = 400;
const nap = { name: 'nap', nodes: [{ id: 'nap', type: 'delay', delay: '1h' }] };
const order = { id: 'stop-all', action: 'cancel', filter: { name: 'nap' }, ratePerSecond: 150 };

let bench: Bench;
beforeEach(() => {
  bench = aBench();
});
afterEach(() => bench.clear());

interface Told {
  readonly state: string;
  readonly passed: number;
  readonly counts: unknown;
  readonly results: readonly { readonly jobId: string }[];
  readonly lines: readonly { readonly request?: string }[];
  readonly page: { readonly page_token: string | null };
}

async function ask(url: string, path: string, body?: unknown): Promise<Told> {
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const answer = await fetch(`${url}/api/v3${path}`, { headers: { 'content-type': 'application/json' }, ...sent });
  expect([path, answer.ok]).toEqual([path, true]);
  return (await answer.json()) as Told;
}

const urlOf = (line: string): string => /http:\/\/\S+[0-9]/.exec(line)![0];

test('J8: kill -9, three times in a row, in the midst of a batch: each job is acted on once, and told of once', async () => {
  const start = () => bench.start(['start', '--port', '0']);
  let engine = start();
  let url = urlOf(await firstLine(engine));
  for (let at = 0; at < jobs; at += 50) await Promise.all(Array.from({ length: 50 }, () => ask(url, '/jobs', nap)));
  await ask(url, '/batches', order);
  const progress: number[] = [];
  for (const moment of [500, 450, 600]) {
    await sleep(moment);
    progress.push((await ask(url, '/batches/stop-all')).passed);
    await killAfter(engine, 0);
    engine = start();
    url = urlOf(await firstLine(engine));
  }
  let batch = await ask(url, '/batches/stop-all');
  for (; batch.state === 'running'; batch = await ask(url, '/batches/stop-all')) await sleep(50);
  expect(batch).toMatchObject({ state: 'completed', counts: { done: jobs, repeated: 0, refused: 0, failed: 0 } });
  expect(progress.at(-1)).toBeLessThan(jobs);
  const told: string[] = [];
  for (let token: string | null = ''; token !== null; ) {
    const page = await ask(url, `/batches/stop-all/results?size=200${token && `&page_token=${token}`}`);
    told.push(...page.results.map(({ jobId }) => jobId));
    token = page.page.page_token;
  }
  expect([told.length, new Set(told).size]).toEqual([jobs, jobs]);
  for (const jobId of told) {
    const { lines } = await ask(url, `/jobs/${jobId}/audit`);
    expect(lines.filter(({ request }) => request === 'batch:stop-all')).toHaveLength(1);
  }
  const ended = textOf(engine);
  engine.kill('SIGTERM');
  expect((await ended).code).toBe(0);
}, 60_000);
