import { createMemoryBreakerStates } from '../../../shared/adapters/memory/breaker-states.ts';
import { createMemoryGuardRecords } from '../../../shared/adapters/memory/guard-records.ts';
import type { Clock } from '../../../shared/core/clock.ts';
import { CodedError } from '../../../shared/core/error.ts';
import { seededRandom } from '../../../shared/core/random.ts';
import { createFleetBreakers, type FleetBreakers } from '../../../shared/engine/guards/fleet-breakers.ts';
import type { GuardEvent } from '../../../shared/engine/guards/guard-events.ts';
import { type BreakerRules, defaultBreakerRules } from '../../../shared/policy/breaker/index.ts';
import type { BreakerStates, GuardRecords } from '../../../shared/ports/index.ts';
import { type HandClock, handClock } from '../../support/hand-clock.ts';

/** One instance of a fleet: its breakers, what it told, and the line to the hot store, which can be cut. */
export interface Member {
  readonly breakers: FleetBreakers;
  readonly told: GuardEvent[];
  readonly line: Line;
}

export interface Line {
  isCut: boolean;
  /** Until then nothing is answered. */
  hangs?: Promise<void>;
  /** As a connection does that was lost and is there again. */
  doubt?: () => void;
  /** Questions that went over it, by their name. */
  readonly asked: Record<string, number>;
}

export interface BreakerFleet {
  readonly clock: HandClock;
  readonly states: BreakerStates;
  readonly records: GuardRecords;
  readonly members: readonly Member[];
  /** The hot store loses all that it has, and everybody is told to doubt. */
  emptyStates(): void;
  /** Of one more instance, whose clock is off by so much. */
  join(skewMs?: number): Member;
}

export interface FleetOptions {
  readonly instances?: number;
  readonly rules?: Partial<BreakerRules>;
  readonly seed?: number;
  readonly skewMs?: (instance: number) => number;
}

/** A fleet in one process, on the memory adapters and a clock that the test moves. */
export function aBreakerFleet({ instances = 1, rules, seed = 1, skewMs }: FleetOptions = {}): BreakerFleet {
  const clock = handClock(1_700_000_000_000);
  const random = seededRandom(seed);
  const { states, emptyStates } = aStore(() => createMemoryBreakerStates({ clock, random }));
  const records = createMemoryGuardRecords();
  const members: Member[] = [];

  function join(skew = 0): Member {
    const told: GuardEvent[] = [];
    const line: Line = { isCut: false, asked: {} };
    const breakers = createFleetBreakers({
      clock: skewed(clock, skew),
      random: seededRandom(seed * 1_000 + members.length),
      states: over(states, line),
      records,
      instance: `instance-${members.length}`,
      rulesOf: () => ({ ...defaultBreakerRules, ...rules }),
      report: (error) => {
        throw error;
      },
      tell: (event) => void told.push(event),
    });
    const member = { breakers, told, line };
    members.push(member);
    return member;
  }

  for (let instance = 0; instance < instances; instance++) join(skewMs?.(instance));
  return { clock, states, records, members, join, emptyStates };
}

function aStore(open: () => BreakerStates): { readonly states: BreakerStates; emptyStates(): void } {
  let kept = open();
  const watchers = new Map<object, { watch(): () => void; stop: () => void }>();
  const states: BreakerStates = {
    report: (...asked) => kept.report(...asked),
    askProbe: (...asked) => kept.askProbe(...asked),
    settleProbe: (...asked) => kept.settleProbe(...asked),
    override: (...asked) => kept.override(...asked),
    readAll: () => kept.readAll(),
    transitions: (...asked) => kept.transitions(...asked),
    watch(...asked) {
      const watch = () => kept.watch(...asked);
      watchers.set(watch, { watch, stop: watch() });
      return () => {
        watchers.get(watch)?.stop();
        watchers.delete(watch);
      };
    },
  };
  return {
    states,
    emptyStates() {
      kept = open();
      for (const watcher of watchers.values()) watcher.stop = watcher.watch();
    },
  };
}

function skewed(clock: Clock, ms: number): Clock {
  return { now: () => clock.now() + ms, sleep: (...args) => clock.sleep(...args) };
}

/** The store as one instance sees it. */
export function over(states: BreakerStates, line: Line): BreakerStates {
  const asking = <Args extends unknown[], Answer>(name: string, ask: (...args: Args) => Promise<Answer>) => {
    return async (...args: Args): Promise<Answer> => {
      line.asked[name] = (line.asked[name] ?? 0) + 1;
      await line.hangs;
      if (line.isCut) throw new CodedError('redis_unavailable', 'the line is cut');
      const answer = await ask(...args);
      if (line.isCut) throw new CodedError('redis_unavailable', 'the line is cut');
      return answer;
    };
  };
  return {
    report: asking('report', states.report),
    askProbe: asking('askProbe', states.askProbe),
    settleProbe: asking('settleProbe', states.settleProbe),
    override: asking('override', states.override),
    readAll: asking('readAll', states.readAll),
    transitions: asking('transitions', states.transitions),
    watch(onChange, onDoubt, onInstances) {
      line.doubt = onDoubt;
      return states.watch((breaker) => line.isCut || onChange(breaker), onDoubt, onInstances);
    },
  };
}

export const fails = async (): Promise<never> => {
  throw new CodedError('http_503', 'the target is down');
};
export const works = async () => 'well';

/** What a call came to: its value, the refusal, or what was thrown. */
export async function outcomeOf(run: Promise<{ kind: string }>): Promise<string> {
  try {
    return (await run).kind;
  } catch {
    return 'threw';
  }
}

/** Lets everything that was begun end, without time going by. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
