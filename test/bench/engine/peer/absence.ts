import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

/** Why BullMQ can't run here, with the command that mends it; undefined when it can. */
export function peerAbsence(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (spawnSync('redis-server', ['--version'], { env }).error)
    return 'there is no `redis-server`; run: apt-get install redis-server';
  return ['bullmq', 'ioredis'].map(packageAbsence).find((absence) => absence !== undefined);
}

function packageAbsence(name: string): string | undefined {
  try {
    createRequire(import.meta.url).resolve(name);
    return undefined;
  } catch {
    return `the package \`${name}\` is not installed; run: npm install --save-dev ${name}`;
  }
}
