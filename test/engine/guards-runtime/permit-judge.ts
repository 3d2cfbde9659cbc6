import type { BulkheadPermit } from '../../../shared/engine/guards/bulkhead-permit.ts';

/** Watches who holds permits of one pool, by one clock for the whole fleet. */
export interface PermitJudge {
  begun(instance: string, permit: BulkheadPermit): void;
  ended(permit: BulkheadPermit): void;
  /** What was against the rules. */
  readonly faults: readonly string[];
  readonly heldMost: number;
  readonly grants: number;
}

/** Permits are held from their grant until they are released or their lease has run out: only a grant can make them too many. */
export function judgePermits(now: () => number, limitNow: () => number): PermitJudge {
  const held = new Map<BulkheadPermit, string>();
  const numbers = new Set<string>();
  const faults: string[] = [];
  let heldMost = 0;
  let grants = 0;
  return {
    begun(instance, permit) {
      grants++;
      for (const each of held.keys()) if (each.heldUntil <= now() || each.lostAt !== undefined) held.delete(each);
      if (permit.heldUntil > now()) held.set(permit, instance);
      heldMost = Math.max(heldMost, held.size);
      if (held.size > limitNow())
        faults.push(
          `at ${now()} ${held.size} permits are held: ${[...held].map(([each, holder]) => `${holder} until ${each.heldUntil}`).join(', ')}`,
        );
      // What is taken without a store orders only what its own instance does.
      const number = permit.scope === 'instance' ? `${instance} ${permit.number}` : `${permit.number}`;
      if (numbers.has(number)) faults.push(`number ${number} was given twice`);
      numbers.add(number);
    },
    ended: (permit) => void held.delete(permit),
    faults,
    get heldMost() {
      return heldMost;
    },
    get grants() {
      return grants;
    },
  };
}
