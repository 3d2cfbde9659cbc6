import { spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { aDirectory, cleanEnvironment, type Running, watch } from './a-process.ts';

const launcher = resolve(import.meta.dirname, '../../shared/wiring/launch.mjs');

/** A project with a lockfile, an `npm` that only writes down how it was called, and the Node of this test as its own. */
function aProject(dir: string, versions: { wanted: string; installed?: string }) {
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  };
  const lock = (version: string) => JSON.stringify({ packages: { '': {}, 'node_modules/a': { version } } });
  cpSync(launcher, join(mkdirs(dir, 'shared/wiring'), 'launch.mjs'));
  if (versions.installed) write('node_modules/.package-lock.json', lock(versions.installed));
  write('package-lock.json', lock(versions.wanted));
  symlinkSync(process.execPath, join(mkdirs(dir, 'node_modules/node/bin'), 'node'));
  write(
    'bin/npm',
    `#!/bin/sh\necho "$@" > ${dir}/npm-called\necho installing >&2\ncp package-lock.json node_modules/.package-lock.json\n`,
  );
  chmodSync(join(dir, 'bin/npm'), 0o755);
  return {
    launch: (script: string, ...args: string[]): Running => {
      write('script.ts', script);
      const env = { ...cleanEnvironment(), PATH: `${join(dir, 'bin')}:${process.env['PATH']}` };
      const argv = [join(dir, 'shared/wiring/launch.mjs'), join(dir, 'script.ts'), ...args];
      return watch(spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'pipe'] }));
    },
    hasInstalled: () => existsSync(join(dir, 'npm-called')),
    touchLockfile: () => utimesSync(join(dir, 'package-lock.json'), new Date(), new Date(Date.now() + 60_000)),
  };
}

function mkdirs(dir: string, name: string): string {
  mkdirSync(join(dir, name), { recursive: true });
  return join(dir, name);
}

describe('the launcher', () => {
  test('runs TypeScript with its arguments and ends as it ends', async () => {
    using dir = aDirectory();
    const { launch, hasInstalled } = aProject(dir.path, { wanted: '1.0.0', installed: '1.0.0' });
    const script = 'const args: string[] = process.argv.slice(2); console.log(args.join()); process.exitCode = 7;';
    expect(await launch(script, 'a', '--b').ended).toMatchObject({ code: 7, out: 'a,--b\n', err: '' });
    expect(hasInstalled()).toBe(false);
  });

  test('installs first where nothing is installed, and keeps standard output clean', async () => {
    using dir = aDirectory();
    const { launch, hasInstalled } = aProject(dir.path, { wanted: '1.0.0' });
    expect(await launch('console.log("ran")').ended).toMatchObject({ code: 0, out: 'ran\n' });
    expect(hasInstalled()).toBe(true);
  });

  test('installs again when the lockfile wants another version, and not for a new date alone', async () => {
    using old = aDirectory();
    const outdated = aProject(old.path, { wanted: '2.0.0', installed: '1.0.0' });
    outdated.touchLockfile();
    await outdated.launch('').ended;
    expect(outdated.hasInstalled()).toBe(true);

    using same = aDirectory();
    const touched = aProject(same.path, { wanted: '1.0.0', installed: '1.0.0' });
    touched.touchLockfile();
    await touched.launch('').ended;
    expect(touched.hasInstalled()).toBe(false);
  });

  test('hands on signals', async () => {
    using dir = aDirectory();
    const { launch } = aProject(dir.path, { wanted: '1.0.0', installed: '1.0.0' });
    const script =
      'process.on("SIGTERM", () => process.exit(3)); console.log("there"); await new Promise((r) => setTimeout(r, 9000));';
    const running = launch(script);
    await running.whenOut('there');
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 3 });
  });
});
