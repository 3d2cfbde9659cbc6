import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { aDirectory, cleanEnvironment, type Ended, watch } from './a-process.ts';

const entry = resolve(import.meta.dirname, '../../shared/wiring/demo/run.mjs');

function runDemo(args: readonly string[], env: NodeJS.ProcessEnv = cleanEnvironment()): Promise<Ended> {
  const argv = ['--disable-warning=ExperimentalWarning', entry, ...args];
  return watch(spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'pipe'] })).ended;
}

describe('the demo', () => {
  test('completes, with a retry, a choice, a map and a signal on the way, and sums up in plain lines', async () => {
    const { code, out, err } = await runDemo([]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const said of [
      /risk chose review/,
      /authorise: attempt 1 failed/,
      /authorise succeeded with attempt 3/,
      /approval got its signal/,
      /payouts fans out over 24 items/,
      /nightly-settlement completed/,
      /nodes +7\d: /,
      /critical path/,
      /writes and .* reads a node/,
      /24 payouts/,
    ])
      expect(out).toMatch(said);
    expect(out).not.toContain('\u001b');
  }, 30_000);

  test('says what it can be asked for when it is asked for something else', async () => {
    const { code, out, err } = await runDemo(['--clowd']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/does not know `--clowd`.*`npm run demo -- --cloud`/);
  }, 30_000);
});

describe('the demo on the emulators', () => {
  test('says on a machine that has none which is missing, and the command that brings it', async () => {
    using dir = aDirectory();
    const { code, err } = await runDemo(['--cloud'], { PATH: dir.path, HOME: dir.path });
    expect(code).toBe(1);
    expect(err).toMatch(/^breakwater: .*Java 17 or newer: run `sudo apt-get install openjdk-17-jre-headless`/m);
  }, 30_000);

  test('says which one does not answer where it is said to run', async () => {
    const nowhere = '127.0.0.1:1';
    const hosts = { FIRESTORE_EMULATOR_HOST: nowhere, PUBSUB_EMULATOR_HOST: nowhere };
    const { code, err } = await runDemo(['--cloud'], { ...cleanEnvironment(), ...hosts });
    expect(code).toBe(1);
    expect(err.trimEnd().split('\n')).toEqual(
      ['FIRESTORE', 'PUBSUB'].map((name) =>
        expect.stringMatching(`^breakwater: Nothing answers at ${name}_EMULATOR_HOST=.*unset ${name}_EMULATOR_HOST`),
      ),
    );
  }, 30_000);
});
