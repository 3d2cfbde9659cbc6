/** How the processes of the chaos are set up, all alike. */
export interface Setting {
  /** Where their logs are written, and the records that all of them keep. */
  readonly dir: string;
  readonly redisUrl: string;
  /** Of the one pool. A call takes `holdMs`, by chance up to half of it more or less. */
  readonly limit: number;
  readonly queueMost: number;
  readonly leaseMs: number;
  readonly holdMs: number;
  /** Of the one breaker: failures in a row that open it, and how long it stays open. */
  readonly failures: number;
  readonly openMs: number;
  /** In each process: so many that call through the pool, and so many that call the target with the breaker. */
  readonly poolWorkers: number;
  readonly targetWorkers: number;
}

export const poolName = 'pool';
export const targetName = 'target';
