import type { BreakerRules, Override } from '../policy/breaker/index.ts';

/** What a whole fleet knows of one breaker. */
export interface FleetBreaker {
  readonly name: string;
  /**
   * The fencing number: greater with each transition and each override, and never given twice, also where the store came back empty or behind: at
   * least the milliseconds of the store's clock. 0 where nothing ever happened, or nothing is known. Whoever knows a greater one keeps to that.
   */
  readonly version: number;
  readonly state: 'closed' | 'open' | 'half_open';
  /** Of an open one: how long from now until a probe is let through. A span and not a time, since nobody's clock is everybody's. */
  readonly openForMs?: number;
  /** How often it opened since it was closed last. */
  readonly openings: number;
  /** Why it is as it is, for people. */
  readonly because: string;
  readonly override?: Override;
}

/** What one instance has counted at one breaker since its last report. */
export interface BreakerReport {
  readonly name: string;
  readonly rules: BreakerRules;
  /**
   * As the instance knows it, with `openForMs` from now. A store that knows less, since it came back empty, takes this over. What was counted before
   * the breaker was closed last, since `known` is older than that, is not added.
   */
  readonly known?: FleetBreaker;
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
  /** Failures since the last success that is among these calls, or since all of them where none succeeded. */
  readonly failuresInRow: number;
  /**
   * How long ago the last success among these calls was; just now unless said. One from before others began to fail does not end their run:
   * it only took longer to be told.
   */
  readonly succeededAgoMs?: number;
  /** Why the instance would open it by its own window alone. Opens the fleet's where no other instance calls the target, or half of several say so. */
  readonly wouldOpen?: string;
}

export type ProbeAnswer =
  /** The right to make one call; it ends by itself after `rules.probeMs`. */
  | { readonly kind: 'granted'; readonly probe: number; readonly breaker: FleetBreaker }
  /** All probes are under way, or it is not time yet. Ask again after so long. */
  | { readonly kind: 'refused'; readonly retryInMs: number; readonly breaker: FleetBreaker }
  /** It is closed: nobody needs to ask. */
  | { readonly kind: 'closed'; readonly breaker: FleetBreaker };

/** A change that is to be kept for good. */
export interface BreakerTransition {
  readonly name: string;
  /** Of the breaker after it: with the name it makes the transition's identity. */
  readonly version: number;
  readonly from: FleetBreaker['state'];
  readonly to: FleetBreaker['state'];
  readonly override?: Override;
  readonly because: string;
  /** Milliseconds since the epoch, by the clock of the store. */
  readonly at: number;
  /** Whose report brought it about. */
  readonly instance: string;
}

/**
 * Breakers that a whole fleet shares. What is hot and may be lost: whoever needs it for good keeps the transitions elsewhere.
 *
 * - Each method is atomic for each breaker, and decides by the clock of the store. Counts are added once when the promise resolves; a
 *   rejected promise says nothing: they may have been added.
 * - No single instance of several that call a target opens the fleet's breaker (poison guard): the others' calls must say so, too. Probes that
 *   closed it are the first calls after it.
 * - At most `rules.probes` probes of a breaker are under way in the whole fleet. One that was not settled ends after `rules.probeMs`.
 * - Every transition is kept until it is acknowledged, and given to whoever asks, so perhaps to several.
 * - A watcher hears of every change at least once, or is told that it may have missed some; then it reads all. It is told so at the start, too.
 * - Failures of the world reject with a CodedError; none waits for a store that is away longer than a second.
 */
export interface BreakerStates {
  /** Adds what was counted, and opens what is to be opened. Gives the breakers as they are now, in the order of the reports. */
  report(instance: string, reports: readonly BreakerReport[]): Promise<readonly FleetBreaker[]>;
  /** `known` as in a report. Where the store took over a breaker that is half open, it waits for `rules.probeMs`: probes may be under way. */
  askProbe(instance: string, name: string, rules: BreakerRules, known?: FleetBreaker): Promise<ProbeAnswer>;
  /** What became of a probe; one that is not under way any more changes nothing. */
  settleProbe(
    instance: string,
    name: string,
    probe: number,
    outcome: 'succeeded' | 'failed' | 'unheard',
    rules: BreakerRules,
  ): Promise<FleetBreaker>;
  /** Sets or takes away what an operator decided. With `reset`, and where it is forced closed while it is not, the breaker is closed and its counts are gone. */
  override(name: string, override: Override | undefined, reset?: boolean): Promise<FleetBreaker>;
  /** Every breaker to which anything has happened, closed ones too, and the number of instances that reported lately. */
  readAll(): Promise<{ readonly breakers: readonly FleetBreaker[]; readonly instances: number }>;
  /** Transitions that nobody has acknowledged, oldest first, after those given are acknowledged. Of a breaker the last thousand are kept. */
  transitions(acknowledged: readonly BreakerTransition[], most: number): Promise<readonly BreakerTransition[]>;
  /**
   * Returns how to stop. `onDoubt` is called when changes may have been missed, and when the store is there again; `onInstances` now and then, to
   * whoever reports, with how many instances did so lately.
   */
  watch(
    onChange: (breaker: FleetBreaker) => void,
    onDoubt: () => void,
    onInstances?: (instances: number) => void,
  ): () => void;
}
