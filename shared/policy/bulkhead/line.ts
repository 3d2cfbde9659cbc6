import { Heap } from '../../core/heap.ts';
import { type ClassLine, createClassLine, type Placed } from './class-line.ts';
import { type BulkheadRules, type PriorityClass, priorityClasses } from './spec.ts';
import type { DropReason, Waiter, Wish } from './waiter.ts';

export type LineRules = Pick<BulkheadRules, 'queueMost' | 'ageMs' | 'weights'>;

/**
 * Those who wait for a permit, and who of them is next.
 *
 * - L1 Who was accepted is never rejected: only its turn, its deadline and its own leaving end its wait.
 * - L2 Within a class and tenant nobody overtakes.
 * - L3 A turn goes to the class whose oldest waiter has the least rank, arrival + place of the class * `ageMs`. Within the class it goes to the
 *   tenant that is due (`class-line.ts`).
 *
 * So nobody starves. Take a waiter W of the class at place c that came at time t. Its own class competes with a rank of t + c * ageMs or less until
 * W has its turn. A turn of a class at place d thus needs somebody there who came by t + (c - d) * ageMs, and with one tenant a class it goes to
 * just that one: **W is overtaken by nobody who came more than 3 * `ageMs` after it**, so it waits until all who came before t + 3 * `ageMs` are served
 * at the latest. With several tenants a turn that such an elder earns may go to another tenant of the elder's class. The elder's tenant gets its
 * fair part of the turns there: of k tenants of one weight one turn in k, give or take one. So where no tenant has more than n elders in
 * another class, that class has at most k * (n + 1) turns before W; and in W's own class each other tenant has at most one more turn than W's
 * tenant until W's.
 *
 * A rank does not change while one waits, so the ranks of heads can be compared across instances.
 */
export interface Line<Work> {
  /** Those who wait. Who is past its deadline counts until the line is asked with a time after that. */
  readonly depth: number;
  waiting(priority: PriorityClass): number;
  /** Its place, or why there is none: the line is full, or it is too late already. */
  join(wish: Wish<Work>, now: number): Waiter<Work> | 'queue_full' | 'deadline_passed';
  /** Given up by who waits; false when it waits no more. */
  leave(waiter: Waiter<Work>): boolean;
  /** Who is next; it waits no more. Who could not end before its deadline, when a call takes `expectedMs`, is dropped in its turn. */
  take(now: number, expectedMs?: number): Waiter<Work> | undefined;
  /** The rank of the next turn; least goes first. */
  head(now: number): number | undefined;
  /** Those whose deadline has passed. The line does it itself whenever it is asked; who wants it on time asks at `nextDeadline`. */
  dropLate(now: number): void;
  nextDeadline(): number | undefined;
  /** Other rules, for those who wait too. With fewer places nobody who was accepted has to go. */
  adjust(rules: LineRules): void;
}

export function rankOf(arrival: number, priority: PriorityClass, ageMs: number): number {
  return arrival + placeOf[priority] * ageMs;
}

const placeOf = Object.fromEntries(priorityClasses.map((name, place) => [name, place])) as Record<
  PriorityClass,
  number
>;

/** `onDrop` is told of each one who was accepted and does not get a turn, when it waits no more. */
export function createLine<Work>(
  first: LineRules,
  onDrop: (waiter: Waiter<Work>, because: DropReason) => void,
): Line<Work> {
  let rules = first;
  const weightOf = (tenant: string) =>
    rules.weights && Object.hasOwn(rules.weights, tenant) ? rules.weights[tenant]! : 1;
  const classes = priorityClasses.map(() => createClassLine<Work>(weightOf));
  const late = new Heap<Placed<Work>>((a, b) => a.deadline < b.deadline);
  let depth = 0;
  let latest = Number.NEGATIVE_INFINITY;

  /** The class whose turn it is, as its place. */
  function nextClass(): ClassLine<Work> | undefined {
    let least = Number.POSITIVE_INFINITY;
    let next: ClassLine<Work> | undefined;
    for (const each of classes) {
      const oldest = each.oldest();
      if (oldest === undefined) continue;
      const rank = rankOf(oldest.arrival, oldest.priority, rules.ageMs);
      if (rank < least) {
        least = rank;
        next = each;
      }
    }
    return next;
  }

  function end(waiter: Placed<Work>): void {
    waiter.isWaiting = false;
    late.remove(waiter);
    depth--;
  }

  function drop(waiter: Placed<Work>, because: DropReason): void {
    classes[placeOf[waiter.priority]]!.remove(waiter);
    end(waiter);
    onDrop(waiter, because);
  }

  function dropLate(now: number): void {
    for (;;) {
      const first = late.peek();
      if (first === undefined || first.deadline > now) return;
      drop(first, 'deadline_passed');
    }
  }

  return {
    get depth() {
      return depth;
    },
    waiting: (priority) => classes[placeOf[priority]]!.depth,
    join(wish, now) {
      const deadline = wish.deadline ?? Number.POSITIVE_INFINITY;
      if (deadline <= now) return 'deadline_passed';
      if (depth >= rules.queueMost) dropLate(now);
      if (depth >= rules.queueMost) return 'queue_full';
      // A clock that was set back must not have those who come later overtake.
      latest = Math.max(latest, now);
      const waiter = placed(wish, latest, deadline);
      classes[placeOf[waiter.priority]]!.add(waiter);
      if (deadline !== Number.POSITIVE_INFINITY) late.put(waiter);
      depth++;
      return waiter;
    },
    leave(waiter) {
      if (!waiter.isWaiting) return false;
      const placed = waiter as Placed<Work>;
      classes[placeOf[placed.priority]]!.remove(placed);
      end(placed);
      return true;
    },
    take(now, expectedMs = 0) {
      dropLate(now);
      for (;;) {
        const next = nextClass();
        const waiter = next?.due();
        if (!next || !waiter) return undefined;
        if (now + expectedMs > waiter.deadline) {
          drop(waiter, 'deadline_unmeetable');
          continue;
        }
        next.serve(waiter);
        end(waiter);
        return waiter;
      }
    },
    head(now) {
      dropLate(now);
      const oldest = nextClass()?.oldest();
      return oldest && rankOf(oldest.arrival, oldest.priority, rules.ageMs);
    },
    dropLate,
    nextDeadline: () => late.peek()?.deadline,
    adjust(next) {
      rules = next;
    },
  };
}

function placed<Work>(
  { work, priority = 'normal', tenant = '' }: Wish<Work>,
  arrival: number,
  deadline: number,
): Placed<Work> {
  const nowhere = { place: -1, inClass: undefined, inTenant: undefined, owner: undefined };
  return { work, priority, tenant, arrival, deadline, isWaiting: true, ...nowhere };
}
