import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from '@jest/globals';
import { createMachineClock } from '../../shared/adapters/machine/clock.ts';
import { machineRandom } from '../../shared/adapters/machine/random.ts';
import { createRedisBreakerStates } from '../../shared/adapters/redis/breaker-states.ts';
import { breaker, bulkhead, type SharedGuards, type ShareOptions, shareGuards } from '../../shared/wiring/library.ts';
import { type RunningRedis, startRedis } from '../support/a-redis.ts';
import { describeRedis, openTestLink } from '../support/redis.ts';
import { aDirectory, cleanEnvironment } from './a-process.ts';

const clock = createMachineClock();
const library = resolve(import.meta.dirname, '../../shared/wiring/library.ts');
const run = promisify(execFile);

const fails = () => Promise.reject(new Error('it is down'));

/** Another program, which finds its settings in the environment; what it prints is JSON. */
async function another(redis: RunningRedis, code: string): Promise<unknown> {
  using dir = aDirectory();
  const file = join(dir.path, 'another.mjs');
  writeFileSync(
    file,
    `import { breaker, bulkhead, shareGuards } from '${library}';
     const shared = await shareGuards();
     const told = await (async () => { ${code} })();
     console.log(JSON.stringify({ ...told, mode: shared.mode }));
     await shared.close();`,
  );
  const env = { ...cleanEnvironment(), BREAKWATER_REDIS_URL: redis.url };
  const { stdout } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', file], { env });
  return JSON.parse(stdout);
}

describeRedis('a program without an engine', () => {
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each.close();
  });

  async function aRedis(): Promise<RunningRedis> {
    const redis = await startRedis();
    opened.push(redis);
    return redis;
  }

  async function share(options: ShareOptions): Promise<SharedGuards> {
    const shared = await shareGuards(options);
    opened.push(shared);
    return shared;
  }

  test('shares its breakers: one that starts later knows before its first call that the target is down', async () => {
    const redis = await aRedis();
    await share({ redisUrl: redis.url });
    const pay = breaker('pay', { failures: 2 });
    for (let call = 0; call < 2; call++) await pay.run(fails).catch(() => {});
    const states = createRedisBreakerStates({ link: openTestLink(redis.url), clock, random: machineRandom });
    while (!(await states.readAll()).breakers.some(({ state }) => state === 'open')) await clock.sleep(5);
    expect(await another(redis, "return breaker('pay').tryAcquire();")).toMatchObject({
      kind: 'refused',
      because: 'breakerOpen',
      mode: 'shared',
    });
    // It keeps no records: that it opened is left for an engine, and is not lost for the audit.
    expect(await states.transitions([], 10)).toMatchObject([{ name: 'pay', to: 'open' }]);
  });

  test('shares its bulkheads: what one holds the other does not get', async () => {
    const redis = await aRedis();
    await share({ redisUrl: redis.url });
    // A Redis that has just begun gives nothing for a lease.
    const permit = await bulkhead('one', { limit: 1, leaseMs: 600 }).acquire();
    if (permit.kind === 'refused') throw new Error(permit.message);
    const asks = (name: string) =>
      `const it = await bulkhead('${name}', { limit: 1, leaseMs: 600 }).acquire({ deadlineAt: Date.now() + 900 });
       if (it.kind !== 'refused') it.release();
       return { kind: it.kind, because: it.because };`;
    expect(await another(redis, asks('one'))).toEqual({ kind: 'refused', because: 'deadlinePassed', mode: 'shared' });
    expect(await another(redis, asks('two'))).toEqual({ kind: 'permit', mode: 'shared' });
  });

  test('is written as docs/guards.md shows it', async () => {
    const redis = await aRedis();
    const page = readFileSync(resolve(import.meta.dirname, '../../docs/guards.md'), 'utf8');
    const [, example] = /```ts\n([\s\S]*?)```/.exec(page)!;
    using dir = aDirectory();
    const file = join(dir.path, 'example.ts');
    const use = `
      const down = async () => { throw new Error('the ledger is down'); };
      const answers = [await answer(async () => 'seven')];
      for (let call = 0; call < 3; call++) await answer(down).catch(() => {});
      answers.push(await answer(async () => 'seven'));
      console.log(JSON.stringify({ mode: shared.mode, answers }));
      process.kill(process.pid, 'SIGTERM');`;
    writeFileSync(file, example!.replace("'breakwater'", JSON.stringify(library)) + use);
    const env = { ...cleanEnvironment(), BREAKWATER_REDIS_URL: redis.url };
    const { stdout } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', file], { env });
    expect(JSON.parse(stdout)).toEqual({
      mode: 'shared',
      answers: [
        { status: 200, body: 'seven' },
        { status: 503, retryAt: expect.any(Number) },
      ],
    });
  });

  test('goes on by itself where Redis is away, says so once, and is heard again when Redis is back', async () => {
    const redis = await aRedis();
    await redis.kill();
    const told: string[] = [];
    const shared = await share({ redisUrl: redis.url, report: (_, context) => void told.push(context) });
    expect(await breaker('alone').run(async () => 'done')).toMatchObject({ value: 'done' });
    expect(shared).toMatchObject({ mode: 'local', because: expect.stringContaining(`127.0.0.1:${redis.port}`) });
    expect(told.filter((context) => context === 'guards go on without Redis')).toHaveLength(1);
    await redis.restartEmpty();
    while (shared.mode !== 'shared') {
      await breaker('alone').run(async () => 'done');
      await clock.sleep(20);
    }
    expect(shared.because).toBeUndefined();
  });

  test('without Redis has guards of its own, by its file', async () => {
    using dir = aDirectory();
    const guardsFile = join(dir.path, 'guards.yaml');
    writeFileSync(guardsFile, 'breakers: { filed: { failures: 1 } }');
    const shared = await share({ redisUrl: '', guardsFile });
    expect(shared.mode).toBe('local');
    await breaker('filed')
      .run(fails)
      .catch(() => {});
    expect(breaker('filed').view().state).toBe('open');
  });

  test('is told what is wrong with its settings, all of it, and no password', async () => {
    const wrong = shareGuards({ redisUrl: 'http://:secret@host', store: 'postgres' });
    await expect(wrong).rejects.toMatchObject({
      code: 'settings_invalid',
      message: expect.stringMatching(/--store: .*\n--redis: is an address such as redis:/s),
    });
    await expect(wrong).rejects.not.toThrow(/secret/);
  });
});
