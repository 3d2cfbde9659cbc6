import type { Clock } from '../../core/clock.ts';
import { CodedError } from '../../core/error.ts';
import type { Random } from '../../core/random.ts';
import { addSlots, type SlotCount, slotLimits } from '../../policy/slots/index.ts';
import type { TargetCounts } from '../../ports/index.ts';
import type { Asker } from './ask.ts';
import { schemaVersion, targetCountsPath } from './layout.ts';
import { createOneByOne } from './one-by-one.ts';
import { ofInstant, ofText, ofWhole, type Precondition, textIn } from './values.ts';

export interface TargetCountParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly asker: Asker;
}

/**
 * A document for each name, read and written once by every add, and only on condition that it is as it was read: an increment would spare
 * the condition, but one whose answer is lost can't be told from one that was not made, and would be made twice. Whoever meets others
 * there waits, each time longer and by chance, and tries again; those of one process go one after the other.
 */
export function createTargetCounts({ clock, random, asker }: TargetCountParts): TargetCounts {
  const inTurn = createOneByOne();

  async function read(path: string): Promise<{ readonly slots: readonly SlotCount[]; readonly only: Precondition }> {
    const document = (await asker.get([path])).documents.get(path);
    if (!document) return { slots: [], only: { exists: false } };
    const slots = JSON.parse(textIn(document.fields, 'slots') ?? '[]') as readonly SlotCount[];
    return { slots, only: { updateTime: document.updateTime } };
  }

  async function write(path: string, name: string, sums: readonly SlotCount[], only: Precondition): Promise<boolean> {
    const fields = {
      schema: ofWhole(schemaVersion),
      name: ofText(name),
      slots: ofText(JSON.stringify(sums)),
      expireAt: ofInstant(clock.now() + slotLimits.keptMs),
    };
    return (await asker.commit([{ path, fields, only }])).kind === 'written';
  }

  async function add(
    path: string,
    name: string,
    counts: readonly SlotCount[],
    from: number,
  ): Promise<readonly SlotCount[]> {
    for (let tries = 1; ; tries++) {
      const { slots, only } = await read(path);
      const sums = addSlots(slots, counts, from);
      if (counts.length === 0 || (await write(path, name, sums, only))) return sums;
      if (tries >= triesMost)
        throw new CodedError('store_unavailable', `The counts of ${name} are written by many at once: try again.`);
      await clock.sleep(Math.min(pauseMsMost, 50 * 2 ** tries) * random.next());
    }
  }

  return {
    add(name, counts, from) {
      const path = targetCountsPath(name);
      return inTurn(path, () => add(path, name, counts, from));
    },
  };
}

/** Some seconds of tries, while the document takes about a write a second. */
const triesMost = 10;
const pauseMsMost = 1_500;
