import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { aBench, type Bench, firstLine, gridOf, killAfter, outcomesOf, textOf } from './killed.ts';

const grid = gridOf(5, { compensate: { type: 'function', handler: 'record', input: '${self.input}' } });
/** Milliseconds from the start of a process to its kill. */
const moments = [700, 1_000, 850, 1_200];

describe('J8: kill -9, again and again in the middle of a rollback', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = aBench(grid);
  });
  afterEach(() => bench.clear());

  const start = async () => {
    const engine = bench.start(['start', '--port', '0']);
    return { engine, url: /http:\/\/\S+[0-9]/.exec(await firstLine(engine))![0] };
  };
  const post = (url: string, path: string, body?: string) =>
    fetch(`${url}/api/v3/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: body ?? null,
    });
  const until = async (url: string, jobId: string, ...states: readonly string[]) => {
    const look = async () => (await fetch(`${url}/api/v3/jobs/${jobId}`)).json() as Promise<{ state: string }>;
    while (!states.includes((await look()).state)) await sleep(50);
  };

  test('every node is compensated, none whose compensation was stored a second time, and none before what was built on it', async () => {
    const first = await start();
    const { jobId } = (await (await post(first.url, 'jobs', readFileSync(bench.file, 'utf8'))).json()) as {
      jobId: string;
    };
    await until(first.url, jobId, 'completed');
    expect((await post(first.url, `jobs/${jobId}/rollback`)).status).toBe(200);
    await killAfter(first.engine, 250);

    const durable = new Set<string>();
    let seen = bench.runs().length;
    for (const moment of moments) {
      const job = (await bench.load())!;
      for (const id of outcomesOf(job).keys()) if (id.startsWith('undo(')) durable.add(id);
      await killAfter(bench.start(['start', '--port', '0']), moment);
      const runs = bench.runs();
      expect(runs.slice(seen).filter((id) => durable.has(id))).toEqual([]);
      seen = runs.length;
    }
    expect(durable.size).toBeGreaterThan(0);
    const last = await start();
    await until(last.url, jobId, 'aborted');
    const ended = textOf(last.engine);
    last.engine.kill('SIGTERM');
    expect((await ended).code).toBe(0);

    const undone = [...outcomesOf((await bench.load())!).keys()].filter((id) => id.startsWith('undo('));
    expect(undone).toHaveLength(grid.nodes.length);
    const runs = bench.runs();
    const tooSoon = grid.nodes.flatMap(({ id, dependsOn }) =>
      dependsOn.filter((before) => runs.indexOf(`undo(${before})`) < runs.lastIndexOf(`undo(${id})`)),
    );
    expect(tooSoon).toEqual([]);
    expect(await bench.verify()).toMatchObject({ kind: 'whole' });
  }, 120_000);
});
