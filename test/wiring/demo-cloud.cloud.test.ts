import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { describeCloud, firestoreHost, pubsubHost } from '../support/emulators.ts';
import { aDirectory, cleanEnvironment, type Running, watch } from './a-process.ts';

const entry = resolve(import.meta.dirname, '../../shared/wiring/demo/run.mjs');

/** `npm run demo -- --cloud`, whose temporary files lie in `dir`, and so do the sockets that its doors name in their commands. */
function startDemo(dir: string): Running {
  const emulators = { FIRESTORE_EMULATOR_HOST: firestoreHost(), PUBSUB_EMULATOR_HOST: pubsubHost() };
  const env = { ...cleanEnvironment(), ...emulators, TMPDIR: dir };
  const argv = ['--disable-warning=ExperimentalWarning', entry, '--cloud'];
  return watch(spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'], env }));
}

/** Of those that are alive: a dead one whose parent has not looked yet has no command any more. */
function doorsOf(dir: string): readonly string[] {
  return commands().filter((command) => command.includes(dir) && command.includes('door.mjs'));
}

function commands(): readonly string[] {
  if (!existsSync('/proc/self/cmdline')) return execFileSync('ps', ['-A', '-o', 'args=']).toString().split('\n');
  return readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? [readFileSync(join('/proc', pid, 'cmdline'), 'utf8')] : [];
    } catch {
      return [];
    }
  });
}

async function subscriptionsOf(out: string): Promise<readonly unknown[]> {
  const project = /projects\/(demo-\w+)\//.exec(out)![1];
  const answer = await fetch(`http://${pubsubHost()}/v1/projects/${project}/subscriptions`);
  return ((await answer.json()) as { readonly subscriptions?: readonly unknown[] }).subscriptions ?? [];
}

describeCloud('the demo on the emulators', () => {
  test('runs the job through five doors, sums up what they used, and leaves nothing behind', async () => {
    using dir = aDirectory();
    const { code, out, err } = await startDemo(dir.path).ended;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const said of [
      /5 doors serve after/,
      /risk chose review/,
      /authorise: attempt 1 failed/,
      /approval got its signal/,
      /payouts fans out over 24 items/,
      /nightly-settlement completed/,
      /nodes +78: 77 succeeded, 1 skipped/,
      /24 payouts, not one of them twice/,
      /9 files archived/,
      /door +requests +reads +writes +deletes +conflicts/,
      /execute-nodes +[1-9]\d* +\d+ +[1-9]\d* +0 +\d+/,
      /pub\/sub +0\.\d\d messages a node/,
    ])
      expect(out).toMatch(said);
    expect(out).not.toContain('\u001b');
    expect([await subscriptionsOf(out), doorsOf(dir.path), readdirSync(dir.path)]).toEqual([[], [], []]);
  }, 60_000);

  test('ends soon after a Ctrl-C in the middle, and leaves no door and no subscription behind', async () => {
    using dir = aDirectory();
    const { child, whenOut, ended } = startDemo(dir.path);
    const midway = await whenOut('approval waits for the signal');
    expect((await subscriptionsOf(midway)).length).toBeGreaterThan(5);
    expect(doorsOf(dir.path)).toHaveLength(5);
    child.kill('SIGINT');
    const { code, signal, out, err } = await ended;
    expect({ code, signal, err }).toEqual({ code: 130, signal: null, err: '' });
    expect(out).not.toMatch(/completed|got its signal/);
    expect([await subscriptionsOf(out), doorsOf(dir.path), readdirSync(dir.path)]).toEqual([[], [], []]);
  }, 60_000);
});
