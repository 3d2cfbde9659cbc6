import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What every command of the project goes through, and the only code of it that must run on whatever Node is there (20 or newer):
 * it brings the dependencies up to date, then hands over to the project's own Node, which runs TypeScript as it stands.
 *
 *     node shared/wiring/launch.mjs [options of node] <file> [arguments]
 */
function launch(args) {
  if (!isInstalled()) install();
  const node = ownNode();
  // Short-lived garbage is most of what an engine makes: a small young space keeps it near 130 MiB under load instead of near 190.
  const memory = '--max-semi-space-size=8';
  // Handlers that import `breakwater` get it as it stands here, and not as it was built.
  const argv = ['--disable-warning=ExperimentalWarning', memory, '--conditions=breakwater-source', ...args];
  const env = { ...process.env, BREAKWATER_ENDS_WITH: lineage().join(',') };
  // The same process goes on as the other Node: there is nothing in between that signals or a kill could get lost in.
  if (process.execve) process.execve(node, [node, ...argv], env);
  else runBeside(node, argv, { ...env, BREAKWATER_ENDS_WITH: [process.pid, ...lineage()].join(',') });
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const lockfile = join(root, 'package-lock.json');
const installed = join(root, 'node_modules/.package-lock.json');

/** npm writes its own lockfile last, so where it is the installation was finished. */
function isInstalled() {
  if (!existsSync(installed)) return false;
  return statSync(installed).mtimeMs >= statSync(lockfile).mtimeMs || holdsWhatIsWanted();
}

/** Another branch gives the lockfile a new date, and often nothing else. Packages for other machines are wanted and not there. */
function holdsWhatIsWanted() {
  const [wanted, there] = [lockfile, installed].map((file) => JSON.parse(readFileSync(file, 'utf8')).packages);
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || (there[path] ? there[path].version === version : optional),
  );
}

/** Not `npm ci`: where the lockfile was made, the packages for other machines may not be known, and `npm ci` calls that a fault. */
function install() {
  process.stderr.write('breakwater: installing what it needs (once) …\n');
  const options = { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' };
  const flags = ['--no-save', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', ['install', ...flags], options);
  if (status !== 0) fail('`npm install` did not succeed; see above');
}

function ownNode() {
  const own = join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(own)) return own;
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath;
  return fail(`it needs Node 24, and npm was told not to install one (\`ignore-scripts\`); this is ${process.version}`);
}

/** For a Node that cannot become another: the child has our terminal and gets our signals, and its end is ours. */
function runBeside(node, argv, env) {
  const child = spawn(node, argv, { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`${node} does not start: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const each of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(each);
    process.kill(process.pid, signal);
  });
}

/**
 * Who started us, as far up as npm: a shell between npm and us hands on no signal and outlives a killed npm, and an engine that nobody
 * can stop any more would hold its store. Empty unless npm is there.
 */
function lineage() {
  if (process.env.npm_execpath === undefined || process.ppid <= 1) return [];
  const parent = lookAt(process.ppid);
  return parent && /^(ba|da|z|k)?sh$/.test(parent.name) ? [process.ppid, parent.ppid] : [process.ppid];
}

/** Where there is `/proc`. */
function lookAt(pid) {
  try {
    const [, name, ppid] = /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return { name, ppid: Number(ppid) };
  } catch {
    return undefined;
  }
}

function fail(why) {
  process.stderr.write(`breakwater: ${why}\n`);
  process.exit(1);
}

launch(process.argv.slice(2));
