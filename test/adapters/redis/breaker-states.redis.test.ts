import { afterEach, expect, test } from '@jest/globals';
import { createMachineClock } from '../../../shared/adapters/machine/clock.ts';
import { machineRandom } from '../../../shared/adapters/machine/random.ts';
import { createMemoryBreakerStates } from '../../../shared/adapters/memory/breaker-states.ts';
import { createRedisBreakerStates } from '../../../shared/adapters/redis/breaker-states.ts';
import type { RedisLink } from '../../../shared/adapters/redis/connect.ts';
import { defineScript } from '../../../shared/adapters/redis/scripts.ts';
import { codeOf } from '../../../shared/core/error.ts';
import { type Random, seededRandom } from '../../../shared/core/random.ts';
import type { BreakerRules } from '../../../shared/policy/breaker/index.ts';
import type { BreakerReport, BreakerStates, FleetBreaker } from '../../../shared/ports/index.ts';
import { suiteRules } from '../../contracts/breaker-states.suite.ts';
import { type RunningRedis, startRedis } from '../../support/a-redis.ts';
import { handClock } from '../../support/hand-clock.ts';
import { describeRedis, openTestLink, redisUrl, uniqueName } from '../../support/redis.ts';

const clock = createMachineClock();
const rules: BreakerRules = { ...suiteRules, probes: 1, successes: 1 };
const failed = { name: 'pay', rules, calls: 3, failures: 3, slow: 0, failuresInRow: 3 } as const;
const called = { name: 'pay', rules, calls: 1, failures: 0, slow: 0, failuresInRow: 0 } as const;

describeRedis('breakers at Redis', () => {
  const servers: RunningRedis[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

  async function aServer(): Promise<RunningRedis> {
    const server = await startRedis();
    servers.push(server);
    return server;
  }

  function openStates(url = redisUrl(), prefix = 'breakwater', random: Random = machineRandom, options = {}) {
    const link = openTestLink(url, options);
    return { link, states: createRedisBreakerStates({ link, clock, random, prefix }) };
  }

  test('are the same when the server has forgotten the script', async () => {
    const { link, states } = openStates(redisUrl(), uniqueName());
    expect(await states.report('a', [failed])).toMatchObject([{ state: 'open' }]);
    await link.run(defineScript("return redis.call('SCRIPT', 'FLUSH')"), [], []).catch(() => {});
    expect(await states.report('a', [called])).toMatchObject([{ state: 'open' }]);
  });

  test('are not waited for longer than a second when the server is stopped, and are as they were when it goes on', async () => {
    const server = await aServer();
    const { link, states } = openStates(server.url, 'breakwater', machineRandom, { commandMs: 600 });
    await untilUp(link);
    const [open] = await states.report('a', [failed]);
    server.stop();
    const start = clock.now();
    expect(await codeFrom(states.report('a', [called]))).toBe('redis_unavailable');
    expect(clock.now() - start).toBeLessThan(1_000);
    const again = clock.now();
    expect(await codeFrom(states.askProbe('a', 'pay', rules))).toBe('redis_unavailable');
    expect(clock.now() - again).toBeLessThan(100);
    server.go();
    await untilUp(link);
    expect((await states.readAll()).breakers).toMatchObject([{ name: 'pay', version: open!.version }]);
  });

  test('that were open are open again when the server comes back empty: whoever asks or reports first says so', async () => {
    const server = await aServer();
    const { link, states } = openStates(server.url);
    const long = { ...rules, openMs: 60_000, openMsMost: 60_000 };
    const [open] = await states.report('a', [{ ...failed, rules: long }]);
    let doubts = 0;
    const heard: FleetBreaker[] = [];
    states.watch(
      (breaker) => void heard.push(breaker),
      () => doubts++,
    );
    await until(() => doubts === 1);
    await server.restartEmpty();
    await untilUp(link);
    expect(doubts).toBe(2);
    expect((await states.readAll()).breakers).toEqual([]);
    const answer = await states.askProbe('a', 'pay', long, open!);
    expect(answer).toMatchObject({ kind: 'refused', breaker: { state: 'open', version: open!.version } });
    expect(await states.report('cold', [{ ...called, rules: long }])).toMatchObject([{ state: 'open' }]);
    await until(() => heard.some(({ version }) => version === open!.version));
    const closed = await states.override('pay', undefined, true);
    expect(closed.version).toBeGreaterThan(open!.version);
    expect((await states.readAll()).breakers).toMatchObject([{ state: 'closed', version: closed.version }]);
  });

  test('are not open for longer than they were opened for, where the clock of the server is set back', async () => {
    const prefix = uniqueName();
    const { link, states } = openStates(redisUrl(), prefix);
    await states.report('a', [failed]);
    // As if it had been an hour later when it was opened.
    const setBack = defineScript(`
      local kept = cjson.decode(redis.call('GET', KEYS[1]))
      kept.till = kept.till + 3600000
      return redis.call('SET', KEYS[1], cjson.encode(kept))`);
    await link.run(setBack, [`${prefix}:{b/pay}:1:state`], []);
    expect(await states.askProbe('a', 'pay', rules)).toMatchObject({ kind: 'refused' });
    await clock.sleep(130);
    expect(await states.askProbe('a', 'pay', rules)).toMatchObject({ kind: 'granted' });
  });

  test('give no version twice over a loss of which nobody tells', async () => {
    const server = await aServer();
    const { link, states } = openStates(server.url);
    const versions: number[] = [];
    for (let life = 0; life < 3; life++) {
      for (let at = 0; at < 5; at++) {
        versions.push((await states.report('a', [failed]))[0]!.version);
        versions.push((await states.override('pay', undefined, true)).version);
      }
      await server.restartEmpty();
      await untilUp(link);
    }
    expect(versions).toEqual([...new Set(versions)].sort((one, other) => one - other));
  });

  test('are judged as the memory breakers judge them: a hundred stories of reports, the same answers', async () => {
    const seed = Number(process.env['TEST_BREAKER_SEED'] ?? 1);
    let opened = 0;
    for (let story = seed; story < seed + 100; story++) {
      const random = seededRandom(story);
      const half: Random = { next: () => 0.5 };
      const memory = createMemoryBreakerStates({ clock: handClock(Date.now()), random: half });
      const { states } = sharedStates(half);
      const name = uniqueName();
      const drawn = drawRules(random);
      const instances = 1 + Math.floor(random.next() * 4);
      for (let step = 0; step < 25; step++) {
        const report = { ...drawReport(random), name, rules: drawn };
        const instance = `i${Math.floor(random.next() * instances)}`;
        const [one] = await memory.report(instance, [report]);
        const [other] = await states.report(instance, [report]);
        expect({ story, step, ...plain(other!) }).toEqual({ story, step, ...plain(one!) });
        opened += Number(one!.state === 'open');
        if (one!.state !== 'open') continue;
        await memory.override(name, undefined, true);
        await states.override(name, undefined, true);
      }
    }
    expect(opened).toBeGreaterThan(100);
  });

  let shared: { readonly states: BreakerStates } | undefined;
  function sharedStates(random: Random) {
    shared ??= openStates(redisUrl(), uniqueName(), random);
    return shared;
  }

  test('are all read, ten thousand of them, while their transitions are, and a call is heard beside them', async () => {
    const prefix = uniqueName();
    const { link, states } = openStates(redisUrl(), prefix);
    const names = "for each = 1, 10000 do redis.call('ZADD', KEYS[1], 9e15, 'target-' .. each) end";
    await link.run(defineScript(names), [`${prefix}:{guards}:breakers`], []);
    const all = Promise.all([states.readAll(), states.transitions([], 100)]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await states.report('a', [failed])).toMatchObject([{ state: 'open' }]);
    expect(await all).toMatchObject([{ breakers: expect.any(Array) }, expect.any(Array)]);
  });

  test('cost one command a report and next to none beside it', async () => {
    const server = await aServer();
    const { link, states } = openStates(server.url);
    await states.report('a', [called]);
    await states.report('a', [called]);
    const commands = () =>
      link.run(
        defineScript("return tonumber(string.match(redis.call('INFO', 'stats'), 'total_commands_processed:(%d+)'))"),
        [],
        [],
      );
    await commands();
    const before = Number(await commands());
    for (let at = 0; at < 100; at++) await states.report('a', [called]);
    const perReport = (Number(await commands()) - before) / 100;
    // What a script does at the server counts as commands, too: five, and the script.
    expect(perReport).toBeLessThan(8);
    const calls = await link.run(
      defineScript("return tonumber(string.match(redis.call('INFO', 'commandstats'), 'cmdstat_evalsha:calls=(%d+)'))"),
      [],
      [],
    );
    expect(Number(calls)).toBeLessThan(110);
  });
});

/** Such that each criterion is met now and then. */
function drawRules(random: Random): BreakerRules {
  const rate = () => (random.next() < 0.5 ? undefined : 0.1 + random.next() * 0.8);
  const window =
    random.next() < 0.7 ? ({ kind: 'time', ms: 86_400_000 } as const) : ({ kind: 'count', calls: 50 } as const);
  const slowRate = rate();
  return {
    ...suiteRules,
    window,
    failures: Math.floor(random.next() * 12),
    minimumCalls: 1 + Math.floor(random.next() * 30),
    failureRate: rate(),
    slowRate,
    slowMs: slowRate === undefined ? undefined : 10,
    early: random.next() < 0.3,
  };
}

function drawReport(random: Random): Omit<BreakerReport, 'name' | 'rules'> {
  const calls = Math.floor(random.next() * 10);
  const failures = random.next() < 0.4 ? calls : Math.floor(random.next() * (calls + 1));
  const slow = Math.floor(random.next() * (calls + 1));
  const failuresInRow = failures === calls ? failures : Math.floor(random.next() * (failures + 1));
  const wouldOpen = random.next() < 0.1 ? { wouldOpen: 'it says so' } : {};
  const isLate = calls > failures && random.next() < 0.3;
  return { calls, failures, slow, failuresInRow, ...wouldOpen, ...(isLate && { succeededAgoMs: 3_600_000 }) };
}

function plain({ state, openings, because, openForMs }: FleetBreaker) {
  return { state, openings, because, openForMs };
}

async function codeFrom(work: Promise<unknown>): Promise<string> {
  try {
    return `it gave ${await work}`;
  } catch (thrown) {
    return codeOf(thrown);
  }
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000 && !isSo(); tries++) await clock.sleep(5);
  expect(isSo()).toBe(true);
}

function untilUp(link: RedisLink): Promise<void> {
  return until(() => link.isUp);
}
