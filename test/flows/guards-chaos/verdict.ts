import { breaksIn, fullAfter, type Held, heldOf, longestSilence, type Most, mostAtOnce } from './judge.ts';
import type { Line } from './log.ts';
import { poolName, targetName } from './setting.ts';
import type { Phase, Story } from './story.ts';

/** What became of the promises that guards give. */
export interface Verdict {
  /** Permits of the pool that were in use at once, by calls that were under way. */
  readonly heldMost: Most;
  /** For each killed or stopped instance, how long it was until all permits were in use again. */
  readonly backMs: readonly number[];
  /** Calls that were under way at once at a target that the whole fleet knew to be dead, and how many there were for each half-open. */
  readonly probesAtOnce: number;
  readonly probesPerHalfOpen: number;
  readonly halfOpens: number;
  /** The longest that an instance to which nothing was done began no call through the pool, or had no answer from the breaker. */
  readonly poolSilence: Silence;
  readonly breakerSilence: Silence;
  /** Where somebody did not say in which mode it went on. */
  readonly modeFaults: readonly string[];
  /** Of kept transitions: those before which one is missing. */
  readonly lost: readonly number[];
  readonly kept: number;
  readonly calls: number;
}

export interface Silence {
  readonly ms: number;
  readonly who: string;
  readonly phase: string;
}

/** What is not known of the phases' edges: an order takes a moment to be heard, and a renewal may be that old. */
const settleMs = 400;

export function judge({ setting, phases, blows, lines, kept }: Story): Verdict {
  const held = heldOf(lines, blows, setting.leaseMs / 2);
  const pool = held.filter(({ guard }) => guard === poolName);
  const target = held.filter(({ guard }) => guard === targetName);
  return {
    heldMost: mostAtOnce(pool),
    backMs: blows.map(({ at }) => (fullAfter(pool, at + 1, setting.limit) ?? Number.POSITIVE_INFINITY) - at),
    ...judgeProbes(
      target,
      lines,
      phases.filter(({ name }) => name === 'target dead'),
    ),
    poolSilence: silenceOf(lines, phases, (line) => line.kind === 'begun' && line.guard === poolName),
    breakerSilence: silenceOf(lines, phases, isOfBreaker),
    modeFaults: phases.flatMap((phase) => modeFaultsIn(phase, lines)),
    lost: breaksIn(kept),
    kept: kept.length,
    calls: held.length,
  };
}

function judgeProbes(target: readonly Held[], lines: readonly Line[], phases: readonly Phase[]) {
  const spans = phases.map(({ from, to }) => ({ from: from + settleMs, to }));
  const isIn = (at: number) => spans.some(({ from, to }) => at >= from && at <= to);
  const probes = target.filter(({ from }) => isIn(from));
  const halfOpens = new Set(lines.flatMap((line) => (isHalfOpen(line) && isIn(line.at) ? [line.version] : []))).size;
  return { probesAtOnce: mostAtOnce(probes).count, halfOpens, probesPerHalfOpen: probes.length / halfOpens };
}

function isHalfOpen(line: Line): line is Extract<Line, { kind: 'state' }> {
  return line.kind === 'state' && line.state === 'half_open' && line.scope === 'fleet';
}

function isOfBreaker(line: Line): boolean {
  return (line.kind === 'begun' || line.kind === 'refused') && line.guard === targetName;
}

function silenceOf(lines: readonly Line[], phases: readonly Phase[], isCall: (line: Line) => boolean): Silence {
  const calls = lines.filter(isCall);
  const silences = phases.flatMap(({ name, from, to, living }) =>
    living.map((who) => {
      const moments = calls.filter((call) => call.who === who).map(({ at }) => at);
      return { ms: longestSilence(moments, from, to), who, phase: name };
    }),
  );
  return silences.reduce((longest, each) => (each.ms > longest.ms ? each : longest));
}

/** Who has lost Redis says so, and says so when it is there again. */
function modeFaultsIn({ name, from, to, living }: Phase, lines: readonly Line[]): readonly string[] {
  const isWithout = name.includes('Redis');
  return living.flatMap((who) => {
    const said = lines.flatMap((line) => (line.kind === 'mode' && line.who === who && line.at <= to ? [line] : []));
    const within = said.filter(({ at }) => at >= from).map(({ to: mode }) => mode);
    const last = said.at(-1)?.to ?? 'shared';
    const faults = [
      ...(isWithout && !within.includes('records') ? [`${who} did not say that it goes on without Redis`] : []),
      ...(!isWithout && within.length > 0 ? [`${who} went from mode to mode: ${within.join(', ')}`] : []),
      ...(last !== 'shared' ? [`${who} ended it in mode ${last}`] : []),
    ];
    return faults.map((fault) => `${name}: ${fault}`);
  });
}
