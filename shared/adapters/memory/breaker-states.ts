import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import type { BreakerStates, BreakerTransition, FleetBreaker } from '../../ports/index.ts';
import {
  adopt,
  askProbe,
  type KeptBreaker,
  newBreaker,
  override,
  report,
  type Step,
  settleProbe,
  settleTime,
  viewOf,
} from './fleet-breaker.ts';

/** What such a store keeps, as plain data. */
export interface KeptBreakers {
  readonly breakers: Map<string, KeptBreaker>;
  readonly outbox: Map<string, readonly BreakerTransition[]>;
  readonly seenAt: Map<string, number>;
}

const limits = {
  /** Names; of more the first one to which nothing ever happened is forgotten. */
  names: 10_000,
  /** Transitions of one breaker that wait to be acknowledged; the oldest go first. */
  outbox: 1_000,
  /** An instance counts while it reported within the last half minute. */
  seenMs: 30_000,
} as const;

export const noBreakers = (): KeptBreakers => ({ breakers: new Map(), outbox: new Map(), seenAt: new Map() });

/** The breakers of a fleet that lives in one process: all of its instances are given the same one. Who clears `kept` takes a store away. */
export function createMemoryBreakerStates(
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  kept = noBreakers(),
): BreakerStates {
  const { breakers, outbox, seenAt } = kept;
  const watchers = new Set<(breaker: FleetBreaker) => void>();
  const counters = new Set<(instances: number) => void>();

  /** Whatever is done is one step, and is told when it is done. */
  function take<Answer>(
    instance: string,
    name: string,
    known: FleetBreaker | undefined,
    probeMs: number,
    work: (kept: KeptBreaker, step: Step) => Answer,
  ): Answer {
    const kept = breakers.get(name) ?? begin(name);
    const step: Step = { instance, now: clock.now(), chance: random.next(), changes: [] };
    const isNews = adopt(kept, known, step.now, probeMs);
    settleTime(kept, step);
    const answer = work(kept, step);
    if (step.changes.length > 0) outbox.set(name, [...(outbox.get(name) ?? []), ...step.changes].slice(-limits.outbox));
    if (isNews || step.changes.length > 0) tell(viewOf(kept, step.now));
    return answer;
  }

  function begin(name: string): KeptBreaker {
    if (breakers.size >= limits.names)
      for (const { name, version } of breakers.values())
        if (version === 0) {
          breakers.delete(name);
          break;
        }
    const kept = newBreaker(name);
    breakers.set(name, kept);
    return kept;
  }

  function see(instance: string): void {
    const now = clock.now();
    seenAt.delete(instance);
    seenAt.set(instance, now);
    for (const [other, at] of seenAt) {
      if (at >= now - limits.seenMs) break;
      seenAt.delete(other);
    }
    for (const counter of counters) counter(seenAt.size);
  }

  function tell(breaker: FleetBreaker): void {
    for (const watcher of watchers) queueMicrotask(() => watchers.has(watcher) && watcher(breaker));
  }

  return {
    async report(instance, reports) {
      see(instance);
      return reports.map((reported) =>
        take(instance, reported.name, reported.known, reported.rules.probeMs, (kept, step) => {
          report(kept, reported, step);
          return viewOf(kept, step.now);
        }),
      );
    },
    async askProbe(instance, name, rules, known) {
      see(instance);
      return take(instance, name, known, rules.probeMs, (kept, step) => askProbe(kept, rules, step));
    },
    async settleProbe(instance, name, probe, outcome, rules) {
      return take(instance, name, undefined, rules.probeMs, (kept, step) => {
        settleProbe(kept, probe, outcome, rules, step);
        return viewOf(kept, step.now);
      });
    },
    async override(name, decided, reset = false) {
      return take(decided?.by ?? 'an operator', name, undefined, 0, (kept, step) => {
        override(kept, decided, reset, step);
        return viewOf(kept, step.now);
      });
    },
    async readAll() {
      const views = [...breakers.keys()].map((name) =>
        take('', name, undefined, 0, (kept, step) => viewOf(kept, step.now)),
      );
      const since = clock.now() - limits.seenMs;
      const instances = [...seenAt.values()].filter((at) => at >= since).length;
      return { breakers: views.filter(({ version }) => version > 0), instances };
    },
    async transitions(acknowledged, most) {
      for (const { name, version } of acknowledged) {
        const rest = (outbox.get(name) ?? []).filter((one) => one.version !== version);
        if (rest.length > 0) outbox.set(name, rest);
        else outbox.delete(name);
      }
      return [...outbox.values()]
        .flat()
        .sort((one, other) => one.at - other.at || one.version - other.version)
        .slice(0, most);
    },
    watch(onChange, onDoubt, onInstances = () => {}) {
      const watcher = (breaker: FleetBreaker) => onChange(breaker);
      const counter = (instances: number) => onInstances(instances);
      watchers.add(watcher);
      counters.add(counter);
      queueMicrotask(() => watchers.has(watcher) && onDoubt());
      return () => {
        watchers.delete(watcher);
        counters.delete(counter);
      };
    },
  };
}
