import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Config, readConfig, readLineage, readTerminalWishes } from '../../shared/wiring/config.ts';
import type { Machine } from '../../shared/wiring/data-dir.ts';

const linux: Machine = { platform: 'linux', home: '/home/ada' };

function configOf(flags: Parameters<typeof readConfig>[0], env: Record<string, string> = {}, machine = linux): Config {
  const read = readConfig(flags, env, machine);
  if (read.kind === 'faults') throw new Error(read.faults.join());
  return read.config;
}

describe('the configuration', () => {
  test('without a word from anybody it is safe: loopback, a durable store in the data directory', () => {
    expect(configOf({})).toEqual({
      store: { kind: 'sqlite', path: '/home/ada/.local/share/breakwater/breakwater.db' },
      isStoreChosen: false,
      host: '127.0.0.1',
      port: 8080,
      url: 'http://127.0.0.1:8080',
      allowHosts: [],
      concurrency: 1024,
      leaseMs: 30_000,
      sweepMs: 5_000,
      graceMs: 10_000,
      retryBudget: { share: 0.2, floor: 10 },
      handlers: undefined,
      dataDir: '/home/ada/.local/share/breakwater',
      project: undefined,
      pubsubHost: undefined,
      requestTimeoutMs: 540_000,
    });
  });

  test('a flag goes before a variable, and a variable before the default', () => {
    const env = { PORT: '9000', BREAKWATER_STORE: 'memory', BREAKWATER_GRACE: '1.5s' };
    expect(configOf({ port: '0' }, env)).toMatchObject({ port: 0, store: { kind: 'memory' }, graceMs: 1_500 });
    expect(configOf({ store: 'sqlite:x.db' }, env)).toMatchObject({
      port: 9000,
      store: { kind: 'sqlite', path: resolve('x.db') },
      isStoreChosen: true,
    });
  });

  test('every fault is named at once, each with where it comes from', () => {
    const env = { PORT: '99999', BREAKWATER_LEASE: '5', BREAKWATER_ALLOW_HOSTS: 'http://x, ok.example' };
    const read = readConfig({ store: 'sqlite:', concurrency: '0' }, env, linux);
    expect(read.kind === 'faults' && read.faults.map((fault) => fault.split(':')[0])).toEqual([
      '--store',
      'PORT',
      'BREAKWATER_ALLOW_HOSTS',
      '--concurrency',
      'BREAKWATER_LEASE',
    ]);
  });

  test('the sweep is a duration of a quarter of a second at least', () => {
    expect(configOf({ sweep: '1s' })).toMatchObject({ sweepMs: 1_000 });
    const read = readConfig({}, { BREAKWATER_SWEEP: '100ms' }, linux);
    expect(read).toMatchObject({ kind: 'faults', faults: [expect.stringMatching(/^BREAKWATER_SWEEP: .*250/)] });
  });

  test('a retry budget is a share and a floor, and what is none is named', () => {
    const env = { BREAKWATER_RETRY_BUDGET_SHARE: '0.05', BREAKWATER_RETRY_BUDGET_FLOOR: '0' };
    expect(configOf({}, env)).toMatchObject({ retryBudget: { share: 0.05, floor: 0 } });
    for (const text of ['20%', '-1', '1e3', '101', '.5', '0.1234567']) {
      const read = readConfig({}, { BREAKWATER_RETRY_BUDGET_SHARE: text }, linux);
      const fault = `BREAKWATER_RETRY_BUDGET_SHARE: is a number from 0 to 100 such as 0.2, but not \`${text}\``;
      expect(read).toEqual({ kind: 'faults', faults: [fault] });
    }
  });

  test('a Redis is told by its address, and its password never', () => {
    const env = { BREAKWATER_REDIS_URL: 'rediss://:secret@10.0.0.3:6379' };
    const read = readConfig({}, env, linux);
    expect(read).toMatchObject({ kind: 'config', config: { redisUrl: 'rediss://:secret@10.0.0.3:6379' } });
    expect(JSON.stringify(read.kind === 'config' && read.table)).not.toContain('secret');
    expect(JSON.stringify(read.kind === 'config' && read.table)).toContain('rediss://10.0.0.3:6379');
    for (const text of ['10.0.0.3:6379', 'http://:secret@10.0.0.3', 'redis://']) {
      const wrong = readConfig({}, { BREAKWATER_REDIS_URL: text }, linux);
      expect(wrong).toMatchObject({ kind: 'faults', faults: [expect.stringMatching(/^BREAKWATER_REDIS_URL: is an/)] });
      expect(JSON.stringify(wrong)).not.toContain('secret');
    }
  });

  test('the table shows what holds and why', () => {
    const read = readConfig({ port: '0' }, { BREAKWATER_HOST: '::' }, linux);
    const rows = read.kind === 'config' ? read.table.map(({ name, value, from }) => [name, value, from]) : [];
    expect(rows).toContainEqual(['PORT', '0', '--port']);
    expect(rows).toContainEqual(['BREAKWATER_HOST', '::', 'BREAKWATER_HOST']);
    expect(rows).toContainEqual(['BREAKWATER_GRACE', '10.00 s', 'default']);
  });

  test('allow rules are separated by spaces or commas', () => {
    expect(configOf({}, { BREAKWATER_ALLOW_HOSTS: 'localhost:81, 10.0.0.0/8' }).allowHosts).toEqual([
      { kind: 'host', host: 'localhost', port: 81 },
      { kind: 'network', address: '10.0.0.0', prefix: 8 },
    ]);
  });

  test.each([
    [{ platform: 'linux', home: '/h' }, { XDG_DATA_HOME: '/data' }, '/data/breakwater'],
    [{ platform: 'linux', home: '/h' }, { XDG_DATA_HOME: 'not/absolute' }, '/h/.local/share/breakwater'],
    [{ platform: 'darwin', home: '/Users/a' }, {}, '/Users/a/Library/Application Support/breakwater'],
  ] as const)('data lie where the user keeps them: %j', (machine, env, dir) => {
    expect(configOf({}, { ...env }, machine).dataDir).toBe(dir);
  });

  describe('of a store in Firestore', () => {
    const retentionMs = 366 * 86_400_000;

    test.each<[string, Record<string, string>, object]>([
      ['firestore:shop-1', {}, { project: 'shop-1', database: '(default)' }],
      ['firestore:shop-1/jobs', { BREAKWATER_PROJECT: 'other' }, { project: 'shop-1', database: 'jobs' }],
      ['firestore', { BREAKWATER_PROJECT: 'ours', GOOGLE_CLOUD_PROJECT: 'theirs' }, { project: 'ours' }],
      ['firestore', { GOOGLE_CLOUD_PROJECT: 'theirs' }, { project: 'theirs' }],
      ['firestore', { FIRESTORE_EMULATOR_HOST: 'localhost:8080' }, { project: 'breakwater-local' }],
      ['firestore:shop-1', { FIRESTORE_EMULATOR_HOST: '[::1]:8080' }, { emulatorHost: '[::1]:8080' }],
      ['firestore:shop-1', { BREAKWATER_RETENTION: '30d' }, { retentionMs: 30 * 86_400_000 }],
    ])('%s with %j knows its place', (store, env, place) => {
      expect(configOf({ store }, env).store).toMatchObject({ kind: 'firestore', retentionMs, ...place });
    });

    test.each<[string, readonly number[]]>([
      ['0-3', [0, 1, 2, 3]],
      ['0,2, 1', [0, 1, 2]],
      ['7 0-1 1', [0, 1, 7]],
    ])('is swept in the part %s', (part, shards) => {
      expect(configOf({ store: 'firestore:shop-1' }, { BREAKWATER_SWEEP_SHARDS: part }).store).toMatchObject({
        shards,
      });
    });

    test('is swept whole unless said', () => {
      expect(configOf({ store: 'firestore:shop-1' }).store).not.toHaveProperty('shards');
    });

    test.each(['8', '3-8', '3-1', '-1', '0-', 'all', '1,,x', ','])('is not swept in the part %s', (part) => {
      const read = readConfig({ store: 'firestore:shop-1' }, { BREAKWATER_SWEEP_SHARDS: part }, linux);
      const said = expect.stringMatching(
        /^BREAKWATER_SWEEP_SHARDS: is shards from 0 to 7 such as 0-3 or 0,1,2, but not/,
      );
      expect(read).toEqual({ kind: 'faults', faults: [said] });
    });

    test('that has no project is refused, with what to do', () => {
      const read = readConfig({ store: 'firestore' }, {}, linux);
      expect(read).toEqual({ kind: 'faults', faults: [expect.stringMatching(/^BREAKWATER_PROJECT: .*EMULATOR_HOST/)] });
    });

    test.each([
      [{ BREAKWATER_STORE: 'firestore:Shop' }, 'BREAKWATER_STORE'],
      [{ BREAKWATER_PROJECT: 'no project' }, 'BREAKWATER_PROJECT'],
      [{ GOOGLE_CLOUD_PROJECT: 'no project' }, 'GOOGLE_CLOUD_PROJECT'],
      [{ BREAKWATER_RETENTION: '1h' }, 'BREAKWATER_RETENTION'],
      [{ BREAKWATER_REQUEST_TIMEOUT: '2h' }, 'BREAKWATER_REQUEST_TIMEOUT'],
      [{ PUBSUB_EMULATOR_HOST: 'localhost' }, 'PUBSUB_EMULATOR_HOST'],
    ])('%j is a fault', (env, variable) => {
      const read = readConfig({}, { ...env }, linux);
      expect(read.kind === 'faults' && read.faults.map((fault) => fault.split(':')[0])).toEqual([variable]);
    });
  });

  test('a place has its own usual values, and its operator goes before them', () => {
    const read = (env: Record<string, string>) => readConfig({}, env, linux, { lease: '60s', store: 'memory' });
    expect(read({})).toMatchObject({ config: { leaseMs: 60_000, store: { kind: 'memory' } } });
    expect(read({ BREAKWATER_LEASE: '5s' })).toMatchObject({ config: { leaseMs: 5_000 } });
  });

  test('a terminal is left alone with colours and drawing where nobody wants them', () => {
    expect(readTerminalWishes({})).toEqual({ colour: true, live: true });
    expect(readTerminalWishes({ NO_COLOR: '1' })).toEqual({ colour: false, live: true });
    expect(readTerminalWishes({ CI: 'true' })).toEqual({ colour: true, live: false });
    expect(readTerminalWishes({ TERM: 'dumb' })).toEqual({ colour: false, live: false });
  });

  test('the launcher tells whom not to outlive', () => {
    expect(readLineage({})).toEqual([]);
    expect(readLineage({ BREAKWATER_ENDS_WITH: '12,7' })).toEqual([12, 7]);
  });
});
