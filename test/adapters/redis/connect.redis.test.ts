import { afterEach, expect, test } from '@jest/globals';
import { createMachineClock } from '../../../shared/adapters/machine/clock.ts';
import { type RedisLink, redisLimits } from '../../../shared/adapters/redis/connect.ts';
import { defineScript } from '../../../shared/adapters/redis/scripts.ts';
import type { Clock } from '../../../shared/core/clock.ts';
import { codeOf, messageOf } from '../../../shared/core/error.ts';
import { type RunningRedis, startRedis } from '../../support/a-redis.ts';
import { describeRedis, openTestLink, redisUrl, uniqueName } from '../../support/redis.ts';

const clock = createMachineClock();
const echo = defineScript('return ARGV[1]');
/** Less than what holds unless said, so that a busy machine is still within a second. */
const hasty = { commandMs: 600 };
const publish = defineScript("return redis.call('PUBLISH', ARGV[1], ARGV[2])");

describeRedis('a link to Redis', () => {
  const servers: RunningRedis[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

  async function aServer(...settings: string[]): Promise<RunningRedis> {
    const server = await startRedis(settings);
    servers.push(server);
    return server;
  }

  test('runs a script that the server has forgotten, and then by its hash alone', async () => {
    const link = openTestLink();
    const text = `return '${uniqueName()}'`;
    const script = defineScript(text);
    expect(await link.run(script, [], [])).toBe(text.slice(8, -1));
    // By the hash alone: the text that goes along is another.
    expect(await link.run({ ...script, text: "return 'other'" }, [], [])).toBe(text.slice(8, -1));
  });

  test('sends what is asked in one turn together', async () => {
    const server = await aServer();
    const link = openTestLink(server.url);
    await link.run(echo, [], ['warm']);
    const reads = defineScript("return string.match(redis.call('INFO', 'stats'), 'total_reads_processed:(%d+)')");
    const before = Number(await link.run(reads, [], []));
    await Promise.all(Array.from({ length: 100 }, (_, index) => link.run(echo, [], [index])));
    const after = Number(await link.run(reads, [], []));
    expect(after - before).toBeLessThan(10);
  });

  test('fails within a second when the server is stopped, at once afterwards, and comes back by itself', async () => {
    const server = await aServer();
    const told: unknown[] = [];
    const link = openTestLink(server.url, { report: (error) => void told.push(error), ...hasty });
    await untilUp(link);
    await link.run(echo, [], ['a']);
    server.stop();
    const first = await timed(() => link.run(echo, [], ['b']));
    const second = await timed(() => link.run(echo, [], ['c']));
    expect([first.code, second.code]).toEqual(['redis_unavailable', 'redis_unavailable']);
    expect(first.message).toContain('no answer within 600 ms');
    expect(first.ms).toBeLessThan(1_000);
    expect([redisLimits.commandMs, redisLimits.connectMs]).toEqual([900, 900]);
    expect(second.ms).toBeLessThan(100);
    expect(told.length).toBe(1);
    server.go();
    await untilUp(link);
    expect(await link.run(echo, [], ['d'])).toBe('d');
  });

  test('that meets a stopped server at its start does not wait for it longer than a second', async () => {
    const server = await aServer();
    server.stop();
    const link = openTestLink(server.url, { connectMs: 600, commandMs: 600 });
    const first = await timed(() => link.run(echo, [], ['a']));
    expect(first).toMatchObject({ code: 'redis_unavailable' });
    expect(first.ms).toBeLessThan(1_000);
    server.go();
    await untilUp(link);
  });

  test('waits for the first connection, and for none after that', async () => {
    const link = openTestLink();
    expect(link.isUp).toBe(false);
    expect(await link.run(echo, [], ['first'])).toBe('first');
    const nowhere = openTestLink('redis://127.0.0.1:1');
    expect(await timed(() => nowhere.run(echo, [], ['a']))).toMatchObject({ code: 'redis_unavailable' });
    expect((await timed(() => nowhere.run(echo, [], ['b']))).ms).toBeLessThan(100);
  });

  test('finds a server that was killed and came back empty, with its scripts and its listeners', async () => {
    const server = await aServer();
    const link = openTestLink(server.url);
    const heard: string[] = [];
    let starts = 0;
    link.subscribe(
      'news',
      (text) => heard.push(text),
      () => starts++,
    );
    await link.run(publish, [], ['news', 'one']);
    const states: boolean[] = [];
    link.onState((isUp) => states.push(isUp));
    await server.restartEmpty();
    await untilUp(link);
    await link.run(publish, [], ['news', 'two']);
    await until(() => heard.length === 2);
    expect([heard, starts, states]).toEqual([['one', 'two'], 2, [false, true]]);
  });

  test('hears everything that is said after its listening was said to have begun', async () => {
    const link = openTestLink();
    await link.run(echo, [], ['up']);
    const channel = uniqueName();
    const heard: string[] = [];
    await new Promise<void>((resolve) => link.subscribe(channel, (text) => heard.push(text), resolve));
    const stop = link.subscribe(channel, () => {
      throw new Error('a listener that fails');
    });
    await link.run(publish, [], [channel, 'one']);
    stop();
    await link.run(publish, [], [channel, 'two']);
    await until(() => heard.length === 2);
    expect(heard).toEqual(['one', 'two']);
  });

  test('that only listens finds out by itself that nobody speaks any more', async () => {
    const server = await aServer();
    const quick: Clock = {
      now: clock.now,
      sleep: (ms, signal) => clock.sleep(ms === redisLimits.pingMs ? 20 : ms, signal),
    };
    const link = openTestLink(server.url, { clock: quick, ...hasty });
    const states: (string | undefined)[] = [];
    link.onState((_, because) => states.push(because));
    link.subscribe('news', () => {});
    await untilUp(link);
    states.length = 0;
    server.stop();
    await until(() => states.length > 0);
    expect(states[0]).toContain('no answer within 600 ms');
    server.go();
    await untilUp(link);
  });

  test('says what is wrong with the password, and does not tell it', async () => {
    const server = await aServer('--requirepass', 'right');
    const without = openTestLink(server.url);
    const wrong = openTestLink(server.url.replace('//', '//:sesame@'));
    const right = openTestLink(server.url.replace('//', '//:right@'));
    expect(await timed(() => without.run(echo, [], ['a']))).toMatchObject({ code: 'redis_refused' });
    const refused = await timed(() => wrong.run(echo, [], ['a']));
    expect(refused.code).toBe('redis_refused');
    expect(refused.message).toContain('does not know this user or password');
    expect(refused.message).not.toContain('sesame');
    expect(wrong.because).toBe(refused.message);
    expect(await right.run(echo, [], ['a'])).toBe('a');
  });

  test('is no good on a read-only replica, and is good once that is the primary', async () => {
    const server = await aServer();
    const replica = await aServer('--replicaof', '127.0.0.1', String(server.port));
    const link = openTestLink(replica.url);
    const refused = await timed(() => link.run(publish, [], ['a', 'b']));
    expect(refused).toMatchObject({ code: 'redis_refused' });
    expect(refused.message).toContain('read-only replica');
    expect(link.isUp).toBe(false);
    await command(replica.port, 'REPLICAOF', 'NO', 'ONE');
    await untilUp(link);
  });

  test('is lost when the server has no memory left, and comes back when it has', async () => {
    const server = await aServer('--maxmemory', '10mb', '--maxmemory-policy', 'noeviction');
    const link = openTestLink(server.url);
    const write = defineScript("return redis.call('SET', KEYS[1], string.rep('x', 1000000))");
    let refused = await timed(() => link.run(write, ['full-0'], []));
    for (let at = 1; at < 20 && refused.code === 'none'; at++)
      refused = await timed(() => link.run(write, [`full-${at}`], []));
    expect(refused.code).toBe('redis_refused');
    expect(refused.message).toContain('no memory left');
    expect(link.isUp).toBe(false);
    await command(server.port, 'CONFIG', 'SET', 'maxmemory', '0');
    await untilUp(link);
    expect(await link.run(write, ['one-more'], [])).toBe('OK');
  });

  test('that is closed refuses what waits and what comes', async () => {
    const link = openTestLink(redisUrl());
    await link.run(echo, [], ['a']);
    const waiting = timed(() => link.run(echo, [], ['b']));
    await link.close();
    expect((await waiting).message).toContain('it is closed');
    expect(await timed(() => link.run(echo, [], ['c']))).toMatchObject({ code: 'redis_unavailable' });
  });

  test('tells an address that it cannot read', async () => {
    const link = openTestLink('no-address');
    expect(await timed(() => link.run(echo, [], ['a']))).toMatchObject({ code: 'redis_unavailable' });
    expect(link.because).toContain('Invalid URL');
  });

  async function command(port: number, ...words: string[]): Promise<void> {
    const { createClient } = await import('redis');
    const client = await createClient({ url: `redis://127.0.0.1:${port}` }).connect();
    await client.sendCommand(words);
    client.destroy();
  }
});

interface Timed {
  readonly ms: number;
  readonly code: string;
  readonly message: string;
}

/** How the work failed, and after how long. */
async function timed(work: () => Promise<unknown>): Promise<Timed> {
  const start = clock.now();
  try {
    return { ms: clock.now() - start, code: 'none', message: `it gave ${await work()}` };
  } catch (thrown) {
    return { ms: clock.now() - start, code: codeOf(thrown), message: messageOf(thrown) };
  }
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000 && !isSo(); tries++) await clock.sleep(5);
  expect(isSo()).toBe(true);
}

function untilUp(link: RedisLink): Promise<void> {
  return until(() => link.isUp);
}
