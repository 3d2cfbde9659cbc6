import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CodedError } from '../../../../shared/core/error.ts';

export interface Redis {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

const patienceMs = 10_000;

/** A Redis of its own on a free loopback port, that forces every write to the disk before it answers. Ended with this process. */
export async function startRedis(parent: string): Promise<Redis> {
  const dir = mkdtempSync(join(parent, 'redis-'));
  const port = await freePort();
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, ...durable], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(server, 'exit');
  const end = () => server.kill('SIGTERM');
  process.once('exit', end);
  const isReady = new Promise<boolean>((resolve) => {
    createInterface(server.stdout).on('line', (line) => line.includes('Ready to accept') && resolve(true));
    ended.then(
      () => resolve(false),
      () => resolve(false),
    );
    setTimeout(() => resolve(false), patienceMs).unref();
  });
  if (!(await isReady)) {
    end();
    throw new CodedError('redis_failed', `redis-server on port ${port} did not get ready`);
  }
  return {
    port,
    pid: server.pid!,
    async stop() {
      end();
      await ended;
      process.off('exit', end);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
