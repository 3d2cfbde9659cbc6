import { encodePageToken, type ListPlace, newerFirst, placeIn } from '../../jobs/record/index.ts';
import { type GuardLine, lineOfTransition, lineOrder } from '../../policy/guards/index.ts';
import type { BreakerTransition, GuardChange, GuardRecord, GuardRecords } from '../../ports/index.ts';

/** What operators decided on guards, in memory: gone with the process, and everything else as promised. */
export function createMemoryGuardRecords(): GuardRecords {
  const breakers: Kept<'breaker'> = new Map();
  const bulkheads: Kept<'bulkhead'> = new Map();
  const lines = new Map<string, Map<string, GuardLine>>();
  const last = new Map<string, Last>();

  function keepLine(line: GuardLine): void {
    const key = keyOf(line.guard, line.name);
    const ofGuard = lines.get(key) ?? new Map<string, GuardLine>();
    const id = `${line.at}-${lineOrder(line)}`;
    if (!ofGuard.has(id)) ofGuard.set(id, line);
    lines.set(key, ofGuard);
  }

  /** What happened up to now, by whatever clock, happened before it. */
  function keepReset({ name, at }: GuardLine): void {
    last.set(name, { at: Math.max(at, last.get(name)?.at ?? at), version: Infinity });
  }

  function change<Spec>(kept: Map<string, GuardRecord<Spec>>, { record, line }: GuardChange<Spec>) {
    if ((kept.get(record.name)?.revision ?? 0) !== record.revision - 1) return 'conflict';
    kept.set(record.name, record);
    keepLine(line);
    if (line.guard === 'breaker' && line.action === 'reset') keepReset(line);
    return 'stored';
  }

  function keepTransition(transition: BreakerTransition): void {
    keepLine(lineOfTransition(transition));
    const { name, at, version, to } = transition;
    const before = last.get(name);
    if (before && isLater(before, transition)) return;
    last.set(name, { at, version, ...(to !== 'closed' && { transition }) });
  }

  return {
    readAll: async () => ({ breakers: [...breakers.values()], bulkheads: [...bulkheads.values()] }),
    changeBreaker: async (each) => change(breakers, each),
    changeBulkhead: async (each) => change(bulkheads, each),
    keepTransitions: async (transitions) => transitions.forEach(keepTransition),
    lastTransitions: async () => [...last.values()].flatMap(({ transition }) => transition ?? []),
    async readLines(guard, name, most, before) {
      const after = placeIn(before);
      const found = [...(lines.get(keyOf(guard, name))?.values() ?? [])]
        .filter((each) => !after || newerFirst(after, placeOf(each)) < 0)
        .sort((a, b) => newerFirst(placeOf(a), placeOf(b)));
      const page = found.slice(0, most);
      const end = page.at(-1);
      return end && found.length > most ? { lines: page, next: encodePageToken(placeOf(end)) } : { lines: page };
    },
  };
}

type Records = Awaited<ReturnType<GuardRecords['readAll']>>;
type Kept<Guard extends GuardLine['guard']> = Map<string, Records[`${Guard}s`][number]>;

const keyOf = (guard: string, name: string): string => `${guard}:${name}`;
const placeOf = (line: GuardLine): ListPlace => ({ submittedAt: line.at, jobId: lineOrder(line) });

/** Of the last transition or reset of a breaker; the transition itself where that left it not closed. */
interface Last {
  readonly at: number;
  readonly version: number;
  readonly transition?: BreakerTransition;
}

function isLater(a: Last, b: Last): boolean {
  return a.at > b.at || (a.at === b.at && a.version > b.version);
}
