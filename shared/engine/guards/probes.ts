import type { BreakerOutcome } from '../../policy/breaker/index.ts';
import type { FleetBreaker, ProbeAnswer } from '../../ports/index.ts';
import { type BreakerCell, knownAt } from './breaker-cell.ts';
import type { BreakerRefusal } from './breaker-handle.ts';
import type { HotStates } from './hot-states.ts';

/** What a breaker that refuses keeps beside its verdict. */
export interface ProbeState {
  /** Somebody asks the fleet for a probe; all others are refused meanwhile. */
  asking: Promise<void> | undefined;
  /** Leave to make one call, which nobody has taken yet, and when it ends by itself. */
  granted: number | undefined;
  grantedUntil: number;
  /** Not to be asked for before. */
  askAt: number;
  /** The last refusal, and how often it may be given again without a look at the clock. */
  refusal: BreakerRefusal | undefined;
  repeats: number;
  refusedAt: number;
  /** Refusals in close succession. */
  streak: number;
  /** Since they were told last, and when that was. */
  refusals: number;
  toldAt: number;
}

export function probingOf(cell: BreakerCell): ProbeState {
  cell.probing ??= {
    asking: undefined,
    granted: undefined,
    grantedUntil: 0,
    askAt: 0,
    refusal: undefined,
    repeats: 0,
    refusedAt: 0,
    streak: 0,
    refusals: 0,
    toldAt: 0,
  };
  return cell.probing;
}

/** How a call at a breaker that the fleet has opened may go on. */
export type ProbeVerdict =
  | { readonly kind: 'probe'; readonly probe: number }
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'ask' };

/** While one is asked for, callers come back after so long, and by chance up to twice that. */
const soonMs = 25;

export function judgeProbe(cell: BreakerCell, now: number, chance: () => number): ProbeVerdict {
  const { fleet, fleetUntil, rules } = cell;
  if (fleet?.state === 'open' && now < fleetUntil)
    return { kind: 'wait', until: fleetUntil + chance() * rules.spreadMs };
  const probing = probingOf(cell);
  const { granted } = probing;
  if (granted !== undefined) {
    probing.granted = undefined;
    if (now < probing.grantedUntil) return { kind: 'probe', probe: granted };
  }
  if (probing.asking === undefined && now >= probing.askAt) return { kind: 'ask' };
  if (now >= probing.askAt) return { kind: 'wait', until: now + soonMs * (1 + chance()) };
  return { kind: 'wait', until: probing.askAt + chance() * rules.spreadMs };
}

export interface ProbesNeeds {
  readonly hot: HotStates;
  readonly instance: string;
  readonly now: () => number;
  heard(breaker: FleetBreaker, known: number): void;
}

/** Asks the fleet for leave to make a probe, once at a time for each breaker, and tells it what became of one. */
export interface Probes {
  ask(cell: BreakerCell): Promise<void>;
  settle(cell: BreakerCell, probe: number, outcome: BreakerOutcome): Promise<void>;
  /** Leave that nobody took is given back, so that others need not wait for its end. */
  giveBack(now: number): void;
  /** Somebody is about to take it: it is not given back under his hands. */
  keep(cell: BreakerCell, now: number): void;
}

/** Whoever was told to come back soon has had time for it. */
const keptMs = 5_000;

export function createProbes({ hot, instance, now, heard }: ProbesNeeds): Probes {
  const kept = new Map<BreakerCell, number>();

  function take(cell: BreakerCell, answer: ProbeAnswer, askedAt: number, known: number): void {
    const probing = probingOf(cell);
    heard(answer.breaker, known);
    // The store spreads those who ask in vain.
    if (answer.kind === 'refused') probing.askAt = now() + Math.max(answer.retryInMs, soonMs);
    if (answer.kind !== 'granted') return;
    probing.granted = answer.probe;
    probing.grantedUntil = askedAt + cell.rules.probeMs;
    kept.set(cell, now() + keptMs);
  }

  async function askFor(cell: BreakerCell): Promise<void> {
    const askedAt = now();
    const known = cell.fleet?.version ?? 0;
    const answer = await hot.ask((states) => states.askProbe(instance, cell.name, cell.rules, knownAt(cell, askedAt)));
    if (answer) take(cell, answer, askedAt, known);
  }

  /** Who has made one that failed leaves the next to others for a while: the fault may be here. */
  async function settle(cell: BreakerCell, probe: number, outcome: BreakerOutcome): Promise<void> {
    const known = cell.fleet?.version ?? 0;
    const breaker = await hot.ask((states) => states.settleProbe(instance, cell.name, probe, outcome, cell.rules));
    if (breaker) heard(breaker, known);
    probingOf(cell).askAt = outcome === 'failed' ? cell.fleetUntil + cell.rules.spreadMs : 0;
  }

  return {
    async ask(cell) {
      const probing = probingOf(cell);
      probing.asking ??= askFor(cell).finally(() => {
        probing.asking = undefined;
      });
      await probing.asking;
    },
    settle,
    keep: (cell, at) => void kept.set(cell, at + keptMs),
    giveBack(at) {
      for (const [cell, until] of kept) {
        const { probing } = cell;
        if (probing?.granted === undefined) kept.delete(cell);
        else if (at >= until) {
          kept.delete(cell);
          const { granted } = probing;
          probing.granted = undefined;
          void settle(cell, granted, 'unheard');
        }
      }
    },
  };
}
