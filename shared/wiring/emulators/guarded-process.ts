import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock } from '../../core/clock.ts';

/** A process that does not outlive us, however we end. */
export interface GuardedProcess {
  /** The last lines that it wrote. */
  tail(): string;
  /** Everything that it has written so far, up to a limit, holds this. */
  hasSaid(text: string): boolean;
  readonly isOver: boolean;
  stop(): Promise<void>;
}

/**
 * A shell that becomes the program, and leaves behind a reader of our pipe: when the pipe closes without a word, we are gone, even by
 * `kill -9`, and the program is killed. It keeps nothing that a gentle end would save. A word means that it has ended by itself, so that
 * no stranger is hit who was given its number.
 */
const guard =
  'exec 3<&0; { read -r word <&3 || kill -KILL $$; } 2>/dev/null >/dev/null & exec 3<&-; exec "$@" </dev/null';

/** How long it may take to end by itself once it was told to. */
const patienceMs = 3_000;

const logCharactersMax = 64 * 1024;
const tailLines = 12;

/** In a process group of its own: a Ctrl-C is for us, who may need it until we have ended well. */
export function startGuarded(clock: Clock, command: string, args: readonly string[]): GuardedProcess {
  const child = spawnGuarded(command, args);
  let log = '';
  let isOver = false;
  const keep = (text: unknown) => {
    log = `${log}${String(text)}`.slice(-logCharactersMax);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  child.stdin?.on('error', keep);
  const killNow = () => void child.kill('SIGKILL');
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      isOver = true;
      process.off('exit', killNow);
      child.stdin?.end('over\n');
      resolve();
    };
    child.on('error', (error) => {
      keep(error.message);
      end();
    });
    child.on('exit', end);
  });
  process.on('exit', killNow);
  return {
    tail: () => log.trimEnd().split('\n').slice(-tailLines).join('\n'),
    hasSaid: (text) => log.includes(text),
    get isOver() {
      return isOver;
    },
    stop: () => stop(clock, child, ended, () => isOver),
  };
}

/** Where there is no `sh`, only an end that we can see coming is guarded. */
function spawnGuarded(command: string, args: readonly string[]): ChildProcess {
  if (process.platform === 'win32') return spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
  return spawn('/bin/sh', ['-c', guard, 'sh', command, ...args], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
}

async function stop(clock: Clock, child: ChildProcess, ended: Promise<void>, isOver: () => boolean): Promise<void> {
  if (isOver()) return;
  child.kill('SIGTERM');
  const waiting = new AbortController();
  await Promise.race([ended, clock.sleep(patienceMs, waiting.signal)]);
  waiting.abort();
  if (!isOver()) child.kill('SIGKILL');
  await ended;
}
