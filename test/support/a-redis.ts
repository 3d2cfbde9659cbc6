import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createMachineClock } from '../../shared/adapters/machine/clock.ts';

/** A redis-server of its own on a free loopback port, which keeps nothing: for suites that kill, stop and restart it. */
export interface RunningRedis {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** At once, as by a crash. */
  kill(): Promise<void>;
  /** It keeps its connections and answers nothing until `go`. */
  stop(): void;
  go(): void;
  /** On the same port, and with nothing in it. */
  restartEmpty(): Promise<void>;
  close(): Promise<void>;
}

/** `settings` are options of redis-server: `['--requirepass', 'secret']`. */
export async function startRedis(settings: readonly string[] = []): Promise<RunningRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'breakwater-redis-'));
  const port = await freePort();
  let server = await launch(port, folder, settings);

  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return server.pid;
    },
    kill: () => server.kill(),
    stop: () => void process.kill(server.pid, 'SIGSTOP'),
    go: () => void process.kill(server.pid, 'SIGCONT'),
    async restartEmpty() {
      await server.kill();
      server = await launch(port, folder, settings);
    },
    async close() {
      await server.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Why there is none, and what brings it; nothing when it is there. */
export async function redisMissing(): Promise<string | undefined> {
  if (await canRun()) return;
  if (process.getuid?.() === 0 && (await install()) && (await canRun())) return;
  return 'redis-server is not installed: run "apt-get update && apt-get install -y redis-server" as root, or "brew install redis".';
}

const run = promisify(execFile);
const clock = createMachineClock();

const canRun = () =>
  run('redis-server', ['--version']).then(
    () => true,
    () => false,
  );

/** Debian's package would start a server of its own: where there is no system that runs services it does not, and elsewhere it is in nobody's way. */
async function install(): Promise<boolean> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  try {
    await run('apt-get', ['update'], { env });
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'redis-server'], { env });
    return true;
  } catch {
    return false;
  }
}

interface Server {
  readonly pid: number;
  kill(): Promise<void>;
}

/** The server ends with whoever started it, however that ends: a shell holds it for as long as our end of its pipe is open. */
const held = 'redis-server "$@" & echo "pid $!"; cat > /dev/null; kill -9 $!; wait';

async function launch(port: number, folder: string, settings: readonly string[]): Promise<Server> {
  const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
  const keepsNothing = ['--save', '', '--appendonly', 'no'];
  const shell = spawn('sh', ['-c', held, 'sh', ...place, ...keepsNothing, ...settings]);
  const gone = once(shell, 'exit');
  const kill = async () => {
    shell.stdin.end();
    await gone;
  };
  let said = '';
  const keep = (text: Buffer) => {
    said = (said + text).slice(0, 5_000);
  };
  shell.stdout.on('data', keep);
  shell.stderr.on('data', keep);
  for (let tries = 0; tries < 1_000; tries++) {
    const pid = Number(/pid (\d+)/.exec(said)?.[1]);
    if (pid > 0 && (await answers(port))) return { pid, kill };
    await clock.sleep(10);
  }
  await kill();
  throw new Error(`redis-server did not start on port ${port}:\n${said}`);
}

/** It says PONG, or that it wants a password first. */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [reply] = (await once(socket, 'data')) as [Buffer];
    return /^(?:\+PONG|-NOAUTH)/.test(String(reply));
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
