import { addSlots, type SlotCount, slotLimits } from '../../policy/slots/index.ts';
import type { TargetCounts } from '../../ports/index.ts';
import type { Changed, Room } from './policies.ts';

/** A row for each name, written anew with every add. The rows that were not written for longest make room for new ones. */
export function createSqliteTargetCounts({ database, whenOpen, write }: Room): TargetCounts {
  function read(name: string): readonly SlotCount[] | undefined {
    const row = database.prepare('SELECT slots FROM target_count WHERE name = ?').get(name);
    return row && (JSON.parse(String(row['slots'])) as readonly SlotCount[]);
  }

  function add(name: string, counts: readonly SlotCount[], from: number): Changed<readonly SlotCount[]> {
    const before = read(name);
    const sums = addSlots(before ?? [], counts, from);
    const isNew = before === undefined && sums.length > 0;
    if (sums.length > 0) keep(name, sums);
    else if (before) database.prepare('DELETE FROM target_count WHERE name = ?').run(name);
    if (isNew) makeRoom();
    return { verdict: sums, reads: 1, writes: before || isNew ? 1 : 0 };
  }

  function keep(name: string, sums: readonly SlotCount[]): void {
    database.prepare('INSERT OR REPLACE INTO target_count (name, slots) VALUES (?, ?)').run(name, JSON.stringify(sums));
  }

  function makeRoom(): void {
    database.prepare(makeRoomSql).run(slotLimits.names);
  }

  return { add: async (name, counts, from) => whenOpen(() => write(() => add(name, counts, from))) };
}

const makeRoomSql = `
  DELETE FROM target_count WHERE place <= (
    SELECT place FROM target_count ORDER BY place DESC LIMIT 1 OFFSET ?
  )`;
