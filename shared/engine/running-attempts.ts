import type { Clock } from '../core/clock.ts';
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
  add(jobId: string, node: number, attempt: number, leaseUntil: number, begunAt: number): RunningAttempt | undefined;
  /** Its outcome is stored, or nobody wants it any more. */
  remove(attempt: RunningAttempt): void;
  find(jobId: string, node: number, attempt: number): RunningAttempt | undefined;
  all(): readonly RunningAttempt[];
  ofJob(jobId: string): readonly RunningAttempt[];
  /** Resolves when none is under way. */
  whenNone(): Promise<void>;
  /** Resolves when an attempt has ended or given its room back, or at `until`. */
  whenChanged(until: number, clock: Clock): Promise<void>;
}

/** An attempt under way. What it costs beside its call is small: most calls are over before anybody asks for their signal. */
export class RunningAttempt {
  readonly jobId: string;
  readonly node: number;
  readonly attempt: number;
  leaseUntil: number;
  begunAt: number;
  /** Its outcome is known, and is being stored. */
  isOver = false;
  /** It has no permit of its bulkhead yet: its call has not begun. */
  isWaiting = false;
  #controller: AbortController | undefined;
  #stoppedFor: unknown;
  #abandon: ((outcome: Outcome) => void) | undefined;
  #isAbandoned = false;

  constructor(jobId: string, node: number, attempt: number, leaseUntil: number, begunAt: number) {
    this.jobId = jobId;
    this.node = node;
    this.attempt = attempt;
    this.leaseUntil = leaseUntil;
    this.begunAt = begunAt;
  }

  /** It has its permit, and its time. */
  endWait(now: number): void {
    this.isWaiting = false;
    this.begunAt = now;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#stoppedFor !== undefined) this.#controller.abort(this.#stoppedFor);
    return this.#controller.signal;
  }

  get abandoned(): boolean {
    return this.#isAbandoned;
  }

  /** The first of these outcomes, or an outcome that nobody wants when it is abandoned before. */
  first(...outcomes: readonly Promise<Outcome>[]): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      if (this.#isAbandoned) resolve(nobodys);
      this.#abandon = resolve;
      for (const outcome of outcomes) outcome.then(resolve, reject);
    });
  }

  /** What the target must stop for: a timeout counts as an outcome. */
  stopTarget(reason: unknown): void {
    this.#stoppedFor ??= reason;
    this.#controller?.abort(this.#stoppedFor);
  }

  /** Ends the attempt with this outcome, unless it has one. */
  cut(outcome: Outcome): void {
    this.#abandon?.(outcome);
  }

  /** Ends the attempt here; what its target still says is ignored. */
  abandon(reason: string): void {
    this.#isAbandoned = true;
    this.stopTarget(new Error(reason));
    this.#abandon?.(nobodys);
  }
}

const nobodys: Outcome = { kind: 'failed', failure: { code: 'abandoned', message: 'nobody waits for it any more' } };

export function createRunningAttempts(concurrency: number, leaseMs: number): RunningAttempts {
  const attempts = new Map<string, RunningAttempt>();
  const waiting: (() => void)[] = [];
  const watching = new Set<() => void>();
  let free = concurrency;
  let isClosed = false;

  function tellChange(): void {
    for (const tell of watching) tell();
  }

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
      tellChange();
    },
    add(jobId, node, attempt, leaseUntil, begunAt) {
      const key = keyOf(jobId, node, attempt);
      if (attempts.has(key)) return undefined;
      const started = new RunningAttempt(jobId, node, attempt, leaseUntil, begunAt);
      attempts.set(key, started);
      return started;
    },
    remove({ jobId, node, attempt }) {
      attempts.delete(keyOf(jobId, node, attempt));
      if (attempts.size === 0) for (const resolve of waiting.splice(0)) resolve();
      tellChange();
    },
    find: (jobId, node, attempt) => attempts.get(keyOf(jobId, node, attempt)),
    all: () => [...attempts.values()],
    ofJob: (jobId) => [...attempts.values()].filter((each) => each.jobId === jobId),
    whenNone: () => (attempts.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    async whenChanged(until, clock) {
      const over = new AbortController();
      const tell = () => over.abort();
      watching.add(tell);
      await clock.sleep(until - clock.now(), over.signal);
      watching.delete(tell);
    },
  };
}

function keyOf(jobId: string, node: number, attempt: number): string {
  return `${jobId} ${node} ${attempt}`;
}
