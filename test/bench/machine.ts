import { existsSync, readFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { resolve } from 'node:path';

/** What it was measured on, in one line; `dir` is where the stores are. */
export function machineOf(dir: string): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() || 'unknown processor';
  const memory = `${(totalmem() / 2 ** 30).toFixed(1)} GiB`;
  const disk = fileSystemOf(dir);
  const parts = [model, `${processors.length} cores`, memory, `${platform()} ${release()} ${arch()}`];
  return [...parts, ...(disk ? [`${disk} below ${dir}`] : [])].join(', ');
}

/** The file system of the longest mount point above `dir`; undefined where there is no `/proc`. */
function fileSystemOf(dir: string): string | undefined {
  if (!existsSync('/proc/mounts')) return undefined;
  const path = `${resolve(dir)}/`;
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((mount) => mount.split(' '))
    .filter(([, point]) => point !== undefined && path.startsWith(point.endsWith('/') ? point : `${point}/`))
    .sort(([, a], [, b]) => b!.length - a!.length);
  return mounts[0]?.[2];
}
