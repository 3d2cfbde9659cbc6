import { type PriorityClass, priorityClasses, type Waiter } from '../../../shared/policy/bulkhead/index.ts';

/** The line as one would write it who had all the time in the world: a list that is gone through whenever somebody asks. */
export interface NaiveLine {
  readonly waiting: Waiter<number>[];
  join(waiter: Waiter<number>): void;
  remove(waiter: Waiter<number>): void;
  /** Those who may be next: more than one only where tenants of the class are at the same virtual time. */
  candidates(): readonly Waiter<number>[];
  serve(waiter: Waiter<number>): void;
}

interface NaiveClass {
  virtualTime: number;
  /** When the last turn of each tenant ends, in virtual time. */
  readonly ends: Map<string, number>;
  /** When the next turn of each tenant that waits begins. */
  readonly starts: Map<string, number>;
}

export function naiveLine(ageMs: number, weights: Readonly<Record<string, number>>): NaiveLine {
  const waiting: Waiter<number>[] = [];
  const classes = new Map<PriorityClass, NaiveClass>(
    priorityClasses.map((name) => [name, { virtualTime: 0, ends: new Map(), starts: new Map() }]),
  );
  const of = (priority: PriorityClass) => waiting.filter((each) => each.priority === priority);

  function take(waiter: Waiter<number>): NaiveClass {
    waiting.splice(waiting.indexOf(waiter), 1);
    const its = classes.get(waiter.priority)!;
    if (!of(waiter.priority).some(({ tenant }) => tenant === waiter.tenant)) {
      its.ends.set(waiter.tenant, its.starts.get(waiter.tenant)!);
      its.starts.delete(waiter.tenant);
    }
    if (of(waiter.priority).length === 0) its.virtualTime = Math.max(its.virtualTime, ...its.ends.values());
    return its;
  }

  return {
    waiting,
    join(waiter) {
      const its = classes.get(waiter.priority)!;
      const { tenant } = waiter;
      if (!its.starts.has(tenant)) its.starts.set(tenant, Math.max(its.virtualTime, its.ends.get(tenant) ?? 0));
      waiting.push(waiter);
    },
    remove: (waiter) => void take(waiter),
    candidates() {
      const ranks = waiting.map((each) => each.arrival + priorityClasses.indexOf(each.priority) * ageMs);
      const least = waiting.filter((_, at) => ranks[at] === Math.min(...ranks));
      const next = priorityClasses.find((name) => least.some(({ priority }) => priority === name));
      if (next === undefined) return [];
      const { starts } = classes.get(next)!;
      const first = Math.min(...starts.values());
      const due = [...starts].filter(([, start]) => start === first).map(([tenant]) => tenant);
      return due.map((tenant) => of(next).find((each) => each.tenant === tenant)!);
    },
    serve(waiter) {
      const its = classes.get(waiter.priority)!;
      its.virtualTime = its.starts.get(waiter.tenant)!;
      its.starts.set(waiter.tenant, its.virtualTime + 1 / (weights[waiter.tenant] ?? 1));
      take(waiter);
    },
  };
}
