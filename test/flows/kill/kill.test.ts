import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { aBench, type Bench, firstLine, killAfter, outcomesOf, textOf } from './killed.ts';

/** Milliseconds from the start of a process to its kill: some before the engine runs, most in the midst of it. */
const moments = [120, 700, 450, 900, 600, 1_000, 350, 800, 650, 750];

describe('J8: kill -9, ten times in a row, on a job of 1,000 nodes', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = aBench();
  });
  afterEach(() => bench.clear());

  /** What was durable when the process died must be there ever after, and must not have been run again. */
  function judge() {
    const durable = new Map<string, unknown>();
    let seen = 0;
    return async () => {
      const runs = bench.runs();
      const again = runs.slice(seen).filter((id) => durable.has(id));
      seen = runs.length;
      const job = await bench.load();
      const outcomes = job ? outcomesOf(job) : new Map<string, unknown>();
      expect(again).toEqual([]);
      for (const [id, result] of durable) expect(outcomes.get(id)).toEqual(result);
      for (const [id, result] of outcomes) durable.set(id, result);
      if (job) expect(await bench.verify()).toMatchObject({ kind: 'whole', unsealedUntil: 0 });
      return { job, settled: durable.size };
    };
  }

  test('of `run`: the same command goes on with the job and ends it', async () => {
    const look = judge();
    const run = () => bench.start(['run', bench.file, '--json']);
    const jobIds = new Set<string>();
    const progress: number[] = [];
    for (const moment of moments) {
      await killAfter(run(), moment);
      const { job, settled } = await look();
      if (job) jobIds.add(job.id);
      progress.push(settled);
    }
    const { code, out } = await textOf(run());
    const report = JSON.parse(out.trim().split('\n').at(-1)!);
    expect({ code, state: report.state }).toEqual({ code: 0, state: 'completed' });
    expect((await look()).settled).toBe(1_000);
    expect([...jobIds]).toEqual([report.jobId]);
    expect(report.nodes).toHaveLength(1_000);
    expect(progress.filter((settled) => settled > 0 && settled < 1_000).length).toBeGreaterThan(0);
  }, 120_000);

  test('of `start`: the engine goes on with the job by itself', async () => {
    const look = judge();
    const start = () => bench.start(['start', '--port', '0']);
    const first = start();
    const url = /http:\/\/\S+[0-9]/.exec(await firstLine(first))![0];
    const body = readFileSync(bench.file);
    const headers = { 'content-type': 'application/json' };
    const submitted = await fetch(`${url}/api/v3/jobs`, { method: 'POST', headers, body });
    expect(submitted.status).toBe(201);
    const { jobId } = (await submitted.json()) as { jobId: string };
    await killAfter(first, 100);
    for (const moment of moments.slice(1)) {
      await look();
      await killAfter(start(), moment);
    }
    await look();
    const last = start();
    const where = /http:\/\/\S+[0-9]/.exec(await firstLine(last))![0];
    const state = async () =>
      ((await (await fetch(`${where}/api/v3/jobs/${jobId}`)).json()) as { state: string }).state;
    while ((await state()) !== 'completed') await new Promise((resolve) => setTimeout(resolve, 50));
    const ended = textOf(last);
    last.kill('SIGTERM');
    expect((await ended).code).toBe(0);
    expect((await look()).settled).toBe(1_000);
  }, 120_000);
});
