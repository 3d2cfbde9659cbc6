import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { BreakerTransition } from '../../../shared/ports/index.ts';
import type { Blow } from './judge.ts';
import { monotonicMs } from './log.ts';
import { keepRecords } from './records.ts';
import type { Setting } from './setting.ts';

/** What all processes are told: how the target is. */
export type Order = { readonly isDead: boolean };

/** Processes that use the guards of one fleet, and what is done to them. */
export interface ChaosFleet extends AsyncDisposable {
  readonly blows: readonly Blow[];
  /** Transitions that any of them kept for good. */
  readonly kept: readonly BreakerTransition[];
  /** Those that were neither killed nor stopped. */
  living(): readonly string[];
  /** Resolves when it calls. */
  add(who: string, skewMs: number): Promise<void>;
  kill(who: string): Promise<void>;
  /** SIGSTOP, and SIGCONT. */
  stop(who: string): void;
  go(who: string): void;
  tell(order: Order): void;
}

const worker = join(import.meta.dirname, 'worker.ts');

export function openChaosFleet(setting: Setting): ChaosFleet {
  const records = keepRecords();
  const processes = new Map<string, ChildProcess>();
  const blows: Blow[] = [];
  const stopped = new Set<string>();
  let order: Order = { isDead: false };

  async function end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  // Nobody else would end them when we are ended in the midst of it.
  const orphans = () => {
    for (const child of processes.values()) child.kill('SIGKILL');
  };
  process.once('exit', orphans);
  return {
    blows,
    get kept() {
      return records.kept;
    },
    living: () => [...processes.keys()].filter((who) => !stopped.has(who)),
    async add(who, skewMs) {
      const given = JSON.stringify({ ...setting, who, skewMs, ...order });
      const child = fork(worker, [given], { execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      processes.set(who, child);
      records.serve(child);
      const exited = once(child, 'exit').then(() => {
        throw new Error(`${who} ended before it called anything`);
      });
      await Promise.race([isCalling(child), exited]);
      exited.catch(() => {});
    },
    async kill(who) {
      await end(processes.get(who)!);
      // Before that it may have begun something still.
      blows.push({ who, kind: 'killed', at: monotonicMs() });
      processes.delete(who);
    },
    stop(who) {
      stopped.add(who);
      blows.push({ who, kind: 'stopped', at: monotonicMs() });
      processes.get(who)!.kill('SIGSTOP');
    },
    go(who) {
      stopped.delete(who);
      blows.findLast((blow) => blow.who === who && blow.kind === 'stopped')!.wokeAt = monotonicMs();
      processes.get(who)!.kill('SIGCONT');
    },
    tell(next) {
      order = next;
      for (const child of processes.values()) child.send(next, () => {});
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...processes.values()].map(end));
      process.off('exit', orphans);
    },
  };
}

/** It says so with the first thing that is no question. */
function isCalling(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.on('message', (message) => message === calling && resolve()));
}

export const calling = 'calling';

/** Jest's own flags are not for them. */
const execArgv = ['--disable-warning=ExperimentalWarning'];
