import type { Outcome } from '../ports/index.ts';

/** The attempts under way in this process and the room for more. */
export interface RunningAttempts {
  readonly size: number;
  readonly free: number;
  readonly leaseMs: number;
  /** The engine stops: nothing is begun any more. */
  readonly isClosed: boolean;
  close(): void;
  /** Takes room for attempts that are about to be claimed; `giveBack` when they are not, or when they have ended. */
  reserve(count: number): void;
  giveBack(count: number): void;
  /** Undefined when it is under way already. */
  add(jobId: string, node: number, attempt: number, leaseUntil: number): RunningAttempt | undefined;
  /** Its outcome is stored, or nobody wants it any more. */
  remove(attempt: RunningAttempt): void;
  find(jobId: string, node: number, attempt: number): RunningAttempt | undefined;
  all(): readonly RunningAttempt[];
  /** Resolves when none is under way. */
  whenNone(): Promise<void>;
}

export interface RunningAttempt {
  readonly jobId: string;
  readonly node: number;
  readonly attempt: number;
  leaseUntil: number;
  /** Made when somebody asks for it: most calls are over before anybody does. */
  readonly signal: AbortSignal;
  /** Ends the attempt here; what its target still says is ignored. */
  abandon(reason: string): void;
  readonly abandoned: boolean;
  /** What the target must stop for: a timeout counts as an outcome. */
  stopTarget(reason: unknown): void;
  /** Resolves when it is abandoned. */
  readonly whenAbandoned: Promise<Outcome>;
}

export function createRunningAttempts(concurrency: number, leaseMs: number): RunningAttempts {
  const attempts = new Map<string, RunningAttempt>();
  const waiting: (() => void)[] = [];
  let free = concurrency;
  let isClosed = false;
  return {
    get size() {
      return attempts.size;
    },
    get free() {
      return free;
    },
    leaseMs,
    get isClosed() {
      return isClosed;
    },
    close: () => {
      isClosed = true;
    },
    reserve: (count) => {
      free -= count;
    },
    giveBack: (count) => {
      free += count;
    },
    add(jobId, node, attempt, leaseUntil) {
      const key = keyOf(jobId, node, attempt);
      if (attempts.has(key)) return undefined;
      const started = startAttempt(jobId, node, attempt, leaseUntil);
      attempts.set(key, started);
      return started;
    },
    remove({ jobId, node, attempt }) {
      attempts.delete(keyOf(jobId, node, attempt));
      if (attempts.size === 0) for (const resolve of waiting.splice(0)) resolve();
    },
    find: (jobId, node, attempt) => attempts.get(keyOf(jobId, node, attempt)),
    all: () => [...attempts.values()],
    whenNone: () => (attempts.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}

function keyOf(jobId: string, node: number, attempt: number): string {
  return `${jobId} ${node} ${attempt}`;
}

function startAttempt(jobId: string, node: number, attempt: number, leaseUntil: number): RunningAttempt {
  const { promise: whenAbandoned, resolve } = Promise.withResolvers<Outcome>();
  let controller: AbortController | undefined;
  let stoppedFor: unknown;
  let abandoned = false;
  const stopTarget = (reason: unknown): void => {
    stoppedFor ??= reason;
    controller?.abort(stoppedFor);
  };
  return {
    jobId,
    node,
    attempt,
    leaseUntil,
    get signal() {
      controller ??= new AbortController();
      if (stoppedFor !== undefined) controller.abort(stoppedFor);
      return controller.signal;
    },
    get abandoned() {
      return abandoned;
    },
    abandon(reason) {
      abandoned = true;
      stopTarget(new Error(reason));
      resolve({ kind: 'failed', failure: { code: 'abandoned', message: reason } });
    },
    stopTarget,
    whenAbandoned,
  };
}
