import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Guards } from '../../engine/guards/guards.ts';
import type { Policies } from '../../ports/index.ts';

/** What the CLI needs of the world beside the API; wiring gives it. */
export interface World {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly random: Random;
  readonly version: string;
  /** Who asks, for the audit. */
  readonly operator: string;
  readonly fetch: typeof globalThis.fetch;
  /** A whole file as text, `-` for standard input. Rejects with a CodedError for people. */
  readText(path: string): Promise<string>;
  /** Reads flags, environment and defaults; names everything that is wrong at once. */
  configure(flags: Readonly<Record<string, string | undefined>>): Configured;
  /** From now on the first signal to end is told here, and only the second one ends the process. */
  catchStop(): Stop;
}

export type Configured =
  | { readonly kind: 'settings'; readonly settings: Settings }
  | { readonly kind: 'faults'; readonly faults: readonly string[] };

export interface Settings {
  readonly host: string;
  readonly port: number;
  /** The engine that commands speak to. */
  readonly url: string;
  readonly graceMs: number;
  readonly table: readonly SettingRow[];
  /** On the configured store. Rejects with a CodedError for people. Nothing runs before `engine.start`. */
  openEngine(): Promise<OpenEngine>;
  /** The same on a store that belongs to runs of this very job, unless the operator has named one. */
  openRunEngine(fingerprint: string): Promise<OpenEngine>;
}

export interface SettingRow {
  readonly name: string;
  readonly value: string;
  readonly from: string;
  readonly meaning: string;
}

export interface OpenEngine {
  readonly engine: Engine;
  /** Retry policies with names, in the same store. */
  readonly policies: Policies;
  readonly guards: Guards;
  /** `sqlite:PATH`, `memory` or `firestore:PROJECT`. */
  readonly store: string;
  /** After `engine.stop`. A store that was made for one run is removed once that run is over. */
  close(isOver: boolean): Promise<void>;
}

export interface Stop {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal;
  /** What to end with, as shells have it: 130, 143. */
  readonly exitCode: number;
  /** How long running attempts may go on. */
  graceMs(usual: number): number;
}

/** Where people read. `out` is for what was asked for, `err` for everything else. */
export interface Terminal {
  readonly out: Stream;
  readonly err: Stream;
}

export interface Stream {
  write(text: string): void;
  readonly colour: boolean;
  /** Whether lines can be drawn over. */
  readonly live: boolean;
  columns(): number;
}
