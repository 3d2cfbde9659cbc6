import { countsOf, failureRateNow, stateOf, tellThreshold } from '../../policy/breaker/index.ts';
import type { BreakerCell } from './breaker-cell.ts';
import type { BreakerView } from './guards.ts';

/** As people see it, by what is known here. */
export function viewBreaker(cell: BreakerCell, isShared: boolean, now: number): BreakerView {
  const { name, own, rules, record, fleet } = cell;
  const override = cell.overrideAt(now);
  const isFleetOpen = fleet !== undefined && fleet.state !== 'closed';
  const isFleets = isShared && (isFleetOpen || own.outage === undefined);
  const state = isFleets ? (fleet?.state ?? 'closed') : stateOf(own);
  const until = isFleets ? cell.fleetUntil : own.outage?.until;
  const { calls, failures, slow } = countsOf(own, now);
  const failureRate = failureRateNow(own.window?.past, rules);
  const threshold = tellThreshold(own.window?.past, rules);
  // What is forced open lets no probe through, and the others let everybody.
  const hasProbe = override === undefined && state !== 'closed' && until !== undefined && until > now;
  return {
    name,
    state: override?.kind ?? state,
    own: state,
    scope: isFleets || override !== undefined ? 'fleet' : 'instance',
    because: override?.reason ?? (isFleets ? fleet?.because : own.outage?.because) ?? 'nothing is known against it',
    version: fleet?.version ?? 0,
    ...(hasProbe && { retryAt: until }),
    ...(override !== undefined && { override }),
    calls,
    failures,
    slow,
    ...(failureRate !== undefined && { failureRate }),
    ...(threshold !== undefined && { threshold }),
    rules,
    ...(record?.spec !== undefined && { spec: record.spec }),
    revision: record?.revision ?? 0,
  };
}
