import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseJobSpec } from '../../shared/jobs/document/index.ts';
import { jobResult } from '../../shared/jobs/index.ts';
import { loadHandlers } from '../../shared/wiring/load-handlers.ts';
import { type LocalOptions, openLocal } from '../../shared/wiring/local.ts';
import { openRunStore } from '../../shared/wiring/run-store.ts';
import { aDirectory } from './a-process.ts';

const options: LocalOptions = {
  store: { kind: 'memory' },
  allowHosts: [],
  concurrency: 10,
  leaseMs: 30_000,
  version: '0.0.0',
  report: () => {},
};

async function resultOfRun(document: unknown, more: Partial<LocalOptions> = {}): Promise<unknown> {
  const parsed = parseJobSpec(document, 0);
  if (parsed.kind === 'faults') throw new Error(JSON.stringify(parsed.faults));
  const local = await openLocal({ ...options, ...more });
  await local.engine.start();
  const { jobId } = (await local.engine.submit(parsed.spec)) as { jobId: string };
  const job = await local.engine.whenEnded(jobId);
  await local.engine.stop(0);
  await local.close();
  return job.header.failure ?? jobResult(job);
}

const calling = (handler: string, input: unknown = null) => ({
  name: 'x',
  retry: { maxAttempts: 1 },
  nodes: [{ id: 'a', type: 'function', handler, input }],
});

describe('the local engine', () => {
  test('brings handlers to try things out with', async () => {
    expect(await resultOfRun(calling('echo', { x: [1] }))).toEqual({ x: [1] });
    expect(await resultOfRun(calling('noop', 1))).toBe(null);
    expect(await resultOfRun(calling('sleep', { ms: '1ms' }))).toBe(null);
    expect(await resultOfRun(calling('sleep', 'long'))).toMatchObject({ message: expect.stringContaining('`{ ms }`') });
  });

  test("a handler of the user's goes before a built-in one of the same name", async () => {
    const handlers = new Map([['echo', () => 'mine']]);
    expect(await resultOfRun(calling('echo'), { handlers })).toBe('mine');
  });

  test.each(['memory', 'sqlite'] as const)(
    'on %s knows the recovery sessions that its commits have left',
    async (kind) => {
      using dir = aDirectory();
      const store = kind === 'memory' ? ({ kind } as const) : ({ kind, path: join(dir.path, 'b.db') } as const);
      const nap = { id: 'nap', type: 'delay', delay: '${job.input}', recovery: [{ on: '*', do: 'escalate' }] };
      const parsed = parseJobSpec({ name: 'no nap', input: 'soon', nodes: [nap] }, 0);
      if (parsed.kind === 'faults') throw new Error(JSON.stringify(parsed.faults));
      const local = await openLocal({ ...options, store });
      await local.engine.start();
      const { jobId } = (await local.engine.submit(parsed.spec)) as { jobId: string };
      const { recoveries } = await local.engine.listRecoveries({ size: 5, states: ['escalated'] });
      expect(recoveries).toMatchObject([{ id: `${jobId}.r1`, finding: { kind: 'failed_node', node: 'nap' } }]);
      await local.engine.answerRecovery(`${jobId}.r1`, { action: 'fail' }, { by: 'ada' });
      expect(await local.engine.getRecovery(`${jobId}.r1`)).toMatchObject({ state: 'failed' });
      await local.engine.stop(0);
      await local.close();
    },
  );

  test('waits a moment for a file that another engine is about to free', async () => {
    using dir = aDirectory();
    const store = { kind: 'sqlite', path: join(dir.path, 'b.db') } as const;
    const first = await openLocal({ ...options, store });
    const second = openLocal({ ...options, store });
    await first.clock.sleep(100);
    await first.close();
    await (await second).close();
  });

  test('refuses to call this machine unless it is allowed', async () => {
    const call = { name: 'x', nodes: [{ id: 'a', type: 'http', url: 'http://127.0.0.1:9/' }] };
    expect(await resultOfRun(call)).toMatchObject({ message: expect.stringContaining('may not be called') });
  });
});

describe('handlers in a module', () => {
  test('are its named functions and those in its default object', async () => {
    using dir = aDirectory();
    const file = join(dir.path, 'handlers.mjs');
    writeFileSync(file, 'export const a = () => 1; export const limit = 3; export default { b: () => 2 };');
    expect([...(await loadHandlers(file)).keys()].sort()).toEqual(['a', 'b']);
  });

  test('a missing one and one without functions are told in a sentence', async () => {
    using dir = aDirectory();
    const file = join(dir.path, 'none.mjs');
    writeFileSync(file, 'export const limit = 3;');
    await expect(loadHandlers(file)).rejects.toMatchObject({ code: 'handlers_invalid' });
    await expect(loadHandlers('/nowhere/at-all.mjs')).rejects.toMatchObject({ code: 'handlers_invalid' });
  });
});

describe('the store of a run', () => {
  const opened = { engine: {} as never, policies: {} as never, guards: {} as never, store: 's', close: async () => {} };

  test('is a file of that job, and a second run at the same time gets one of its own', async () => {
    const tried: string[] = [];
    await openRunStore('/d', 'abcdefghijklmnopqrst', async (store) => {
      tried.push(store.kind === 'sqlite' ? store.path : store.kind);
      if (tried.length === 1) throw Object.assign(new Error(), { code: 'store_in_use' });
      return opened;
    });
    expect(tried).toEqual(['/d/abcdefghijklmnop.db', '/d/abcdefghijklmnop-2.db']);
  });

  test('goes with the run, unless the run is not over', async () => {
    using dir = aDirectory();
    const run = await openRunStore(dir.path, 'fingerprint-of-it', async () => opened);
    const file = join(dir.path, 'fingerprint-of-i.db');
    writeFileSync(file, '');
    await run.close(false);
    const { existsSync } = await import('node:fs');
    expect(existsSync(file)).toBe(true);
    await run.close(true);
    expect(existsSync(file)).toBe(false);
  });
});
