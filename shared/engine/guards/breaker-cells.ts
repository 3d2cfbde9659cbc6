import { CodedError } from '../../core/error.ts';
import {
  type BreakerPresets,
  type BreakerRules,
  type BreakerSpec,
  breakerPresets,
  closeBreaker,
  resolveBreakerSpec,
} from '../../policy/breaker/index.ts';
import { faultOfGuardName } from '../../policy/guards/index.ts';
import type { GuardRecord } from '../../ports/index.ts';
import { BreakerCell, type BreakerHouse } from './breaker-cell.ts';

/** Breakers that are remembered. Of those that nobody holds and nothing is wrong with, the one that was heard of first makes room. */
const cellsMost = 10_000;

const nothingSaid: BreakerSpec = {};

/** The breakers of one process by name, and what each goes by. */
export interface Cells {
  find(name: string): BreakerCell | undefined;
  make(name: string): BreakerCell;
  /** For good, since somebody has it in the hand. */
  hold(name: string, spec: BreakerSpec | undefined): BreakerCell;
  all(): Iterable<BreakerCell>;
  groupOf(cell: BreakerCell): Iterable<BreakerCell>;
  configure(records: readonly GuardRecord<BreakerSpec>[]): void;
}

export interface CellsNeeds {
  readonly house: BreakerHouse;
  readonly presets?: BreakerPresets;
  rulesOf(name: string): BreakerRules;
  refit(cell: BreakerCell): void;
  report(error: unknown, context: string): void;
}

export function createCells({ house, presets = breakerPresets, rulesOf, refit, report }: CellsNeeds): Cells {
  const cells = new Map<string, BreakerCell>();
  const groups = new Map<string, Set<BreakerCell>>();
  let recorded = new Map<string, GuardRecord<BreakerSpec>>();

  function make(name: string): BreakerCell {
    const known = cells.get(name);
    if (known) return known;
    if (cells.size >= cellsMost) makeRoom();
    const cell = new BreakerCell(name, rulesOf(name), house);
    cells.set(name, cell);
    enter(cell, recorded.get(name));
    return cell;
  }

  function makeRoom(): void {
    for (const [name, cell] of cells) {
      if (!cell.isClear || cell.said !== undefined) continue;
      cells.delete(name);
      groups.get(cell.rules.group ?? '')?.delete(cell);
      return;
    }
  }

  function enter(cell: BreakerCell, record: GuardRecord<BreakerSpec> | undefined): void {
    const { resetAt = 0 } = record ?? {};
    if (resetAt > (cell.record?.resetAt ?? 0)) closeAnew(cell, resetAt);
    cell.record = record;
    goBy(cell, rulesFor(cell));
    refit(cell);
  }

  /**
   * What was found before an operator closed it counts no more. Where the fleet can be heard, it says so of its own verdict by itself; where it
   * can't, that is not to be taken over. A version is never less than the milliseconds at which it was given.
   */
  function closeAnew(cell: BreakerCell, resetAt: number): void {
    const { own, fleet } = cell;
    const isOlder = fleet !== undefined && fleet.version < resetAt;
    const openedAt = own.outage ? own.outage.until - own.outage.openForMs : 0;
    // What was taken over from the fleet seems to have begun with that.
    const isFleets = isOlder && own.outage !== undefined && own.outage.until <= cell.fleetUntil + 1;
    if (openedAt < resetAt || isFleets) closeBreaker(own);
    if (isOlder) cell.fleet = { ...fleet, state: 'closed', because: 'an operator closed it' };
  }

  function goBy(cell: BreakerCell, rules: BreakerRules): void {
    groups.get(cell.rules.group ?? '')?.delete(cell);
    cell.rules = rules;
    if (rules.group === undefined) return;
    const group = groups.get(rules.group) ?? new Set();
    groups.set(rules.group, group.add(cell));
  }

  /** What operators configured goes before what the program says, and that before what is said of all of its kind. */
  function rulesFor({ name, said, record }: BreakerCell): BreakerRules {
    const base = rulesOf(name);
    const isSaid = said !== undefined && said !== nothingSaid;
    if (!isSaid && record?.spec === undefined) return base;
    const resolved = resolveBreakerSpec(over(isSaid ? said : specOf(base), record?.spec), presets);
    if (resolved.kind === 'rules') return resolved.rules;
    report(invalid(name, resolved.faults), 'what is configured of a breaker is left out');
    const own = said && resolveBreakerSpec(said, presets);
    return own?.kind === 'rules' ? own.rules : base;
  }

  /** A preset goes before what stands to its left. */
  function over(...specs: readonly (BreakerSpec | undefined)[]): BreakerSpec {
    let merged: BreakerSpec = {};
    for (const { preset, ...values } of specs.filter((spec) => spec !== undefined)) {
      merged = Object.assign(merged, preset === undefined ? {} : (presets[preset] ?? { preset }), values);
    }
    return merged;
  }

  return {
    find: (name) => cells.get(name),
    make,
    hold(name, spec) {
      const known = cells.get(name);
      if (known?.said !== undefined && spec === undefined) return known;
      checkBreaker(name, spec, presets);
      const cell = make(name);
      cell.said = spec ?? nothingSaid;
      if (spec !== undefined) enter(cell, cell.record);
      return cell;
    },
    all: () => cells.values(),
    groupOf: ({ rules }) => groups.get(rules.group ?? '') ?? [],
    configure(records) {
      const before = recorded;
      recorded = new Map(records.map((record) => [record.name, record]));
      for (const { name } of recorded.values()) if (cells.get(name)?.record !== recorded.get(name)) enterNamed(name);
      for (const name of before.keys()) if (!recorded.has(name)) enterNamed(name);
    },
  };

  function enterNamed(name: string): void {
    enter(make(name), recorded.get(name));
  }
}

/** Throws `guard_invalid`, which names every fault. */
export function checkBreaker(name: string, spec: BreakerSpec | undefined, presets: BreakerPresets): void {
  const message = faultOfGuardName(name);
  const resolved = spec && resolveBreakerSpec(spec, presets);
  const faults = resolved?.kind === 'faults' ? resolved.faults : [];
  if (message !== undefined || faults.length > 0)
    throw invalid(name, [...(message === undefined ? [] : [{ path: 'name', message }]), ...faults]);
}

function invalid(name: string, faults: readonly { readonly path: string; readonly message: string }[]): CodedError {
  const told = faults.map(({ path, message }) => `${path} ${message}`).join('; ');
  return new CodedError('guard_invalid', `breaker ${JSON.stringify(name)}: ${told}`);
}

/** Without what follows from the rest. */
function specOf({ spreadMs: _, ...rules }: BreakerRules): BreakerSpec {
  return Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined));
}
