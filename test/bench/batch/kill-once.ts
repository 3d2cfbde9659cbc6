import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CodedError } from '../../../shared/core/error.ts';
import type { ActGiven } from './workloads/act.ts';

const file = fileURLToPath(new URL('./workloads/act-until-killed.ts', import.meta.url));

/** Works on the batch in a process that is killed once so many jobs are told of. Gives how many those were. */
export async function killOnce(given: ActGiven, passedAtLeast: number): Promise<number> {
  const child = fork(file, [JSON.stringify(given)], {
    execArgv: process.execArgv,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let passed = 0;
  child.on('message', (told) => {
    passed = Number(told);
    if (passed >= passedAtLeast) child.kill('SIGKILL');
  });
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (signal !== 'SIGKILL') throw new CodedError('not_killed', `the batch had ended after ${passed} jobs`);
  return passed;
}
