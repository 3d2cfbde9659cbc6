import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CodedError } from '../../shared/core/error.ts';

/** A workload that is measured too long has hung. */
const patienceMs = 120_000;

/** Runs `measure(given)` of a module in a fresh process with our options of Node, and gives what it found. Both are plain data. */
export function measureApart<Given, Found>(file: URL, given: Given): Promise<Found> {
  const child = fork(fileURLToPath(new URL('measure-here.ts', import.meta.url)), [file.href, JSON.stringify(given)], {
    execArgv: process.execArgv,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const hung = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  return new Promise<Found>((resolve, reject) => {
    child.once('message', (found) => resolve(found as Found));
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      const how = signal ? `was ended by ${signal}` : `ended with ${code}`;
      reject(new CodedError('workload_failed', `${file.pathname} found nothing: its process ${how}`));
    });
  }).finally(() => clearTimeout(hung));
}
