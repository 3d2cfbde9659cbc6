import type { Figure, Skipped } from './figure.ts';

/** A benchmark: what it measures, and how. Its workloads run in fresh processes, so that one does not warm or burden the next. */
export interface Bench {
  /** One line for the list of benches. */
  readonly about: string;
  run(options: BenchOptions): Promise<Findings>;
}

export interface BenchOptions {
  /** Where the files of the stores are made, in a directory of their own that is removed at the end. */
  readonly dir: string;
  /** How many jobs, and what chance goes by, where a bench leaves them open; its own sizes unless said. */
  readonly jobs?: number;
  readonly seed?: number;
  /** Says what is going on. */
  tell(line: string): void;
}

export interface Findings {
  /** What was measured with: sizes, rounds, warm-up, whatever a reader must know to repeat it. */
  readonly settings: Readonly<Record<string, string | number>>;
  readonly figures: readonly Figure[];
  readonly skipped: readonly Skipped[];
}
