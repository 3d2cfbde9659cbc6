import type { Clock } from '../core/clock.ts';
import { addSlots } from '../policy/slots/index.ts';
import type { SlotCount, TargetCounts } from '../ports/index.ts';

/**
 * What a fleet has counted under a name, as far as is known here. What is added here counts here at once, and reaches the others when it
 * is merged: off the path, at most once in a while for each name, together with all that has gathered. While the store fails, the
 * engine goes on with what it knows, and what it has gathered waits.
 */
export interface SharedExperience {
  /** Of a name that was never asked for that is nothing yet, and it is fetched. */
  of(name: string, from: number): readonly SlotCount[];
  add(name: string, counts: SlotCount, from: number): void;
  /** Merges at once what has gathered: the process is about to end. */
  flush(): void;
}

interface Known {
  /** Sums as the store gave them. */
  merged: readonly SlotCount[];
  /** Being merged. */
  sent: readonly SlotCount[];
  gathered: readonly SlotCount[];
  mergedAt: number;
  /** Slots before it are too old for whoever asked last. */
  from: number;
  /** Under way. */
  merge?: Promise<void> | undefined;
}

export function shareExperience(
  clock: Clock,
  counts: TargetCounts,
  inBackground: (work: Promise<unknown>, context: string) => void,
): SharedExperience {
  const known = new Map<string, Known>();

  function find(name: string, from: number): Known {
    const found: Known = known.get(name) ?? { merged: [], sent: [], gathered: [], mergedAt: -Infinity, from };
    // The one that was last asked for stands last.
    found.from = from;
    known.delete(name);
    known.set(name, found);
    if (known.size > namesMost) known.delete(known.keys().next().value!);
    return found;
  }

  function shareIfDue(name: string, found: Known): void {
    if (!found.merge && clock.now() - found.mergedAt >= pauseMs) share(name, found);
  }

  function share(name: string, found: Known): void {
    found.merge = merge(name, found).finally(() => {
      found.merge = undefined;
    });
    inBackground(found.merge, `sharing what is known of ${name}`);
  }

  async function merge(name: string, found: Known): Promise<void> {
    found.mergedAt = clock.now();
    [found.sent, found.gathered] = [found.gathered, []];
    try {
      found.merged = await counts.add(name, found.sent, found.from);
    } catch (error) {
      // It may have been counted, then it will be twice: an estimate bears that.
      found.gathered = addSlots(found.sent, found.gathered, found.from);
      throw error;
    } finally {
      found.sent = [];
    }
  }

  /** What is under way goes before: it takes nothing along of what has come since. */
  async function shareRest(name: string, found: Known): Promise<void> {
    await found.merge?.catch(() => {});
    if (found.gathered.length > 0 && !found.merge) share(name, found);
    await found.merge?.catch(() => {});
  }

  return {
    of(name, from) {
      const found = find(name, from);
      shareIfDue(name, found);
      const { merged, sent, gathered } = found;
      return addSlots(merged, [...sent, ...gathered], from);
    },
    add(name, given, from) {
      const found = find(name, from);
      found.gathered = addSlots(found.gathered, [given], from);
      shareIfDue(name, found);
    },
    flush() {
      for (const [name, found] of known) inBackground(shareRest(name, found), `sharing what is known of ${name}`);
    },
  };
}

/** Half a minute of a fleet's experience is no news, and a name takes about one merge a second from all of its engines. */
const pauseMs = 30_000;

/** Targets times kinds of failure; a job may call a thousand of them, and each is kept in some kilobytes. */
const namesMost = 2_000;
